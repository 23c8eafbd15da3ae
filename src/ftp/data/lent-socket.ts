import net from 'node:net'
import { bufferPool } from '../../core/buffer-pool.ts'

/** Takes a lent chunk, valid during the call and until `resume`; false: no more until `resume`. */
export type Take = (chunk: Uint8Array) => boolean

/** An accepted or connected socket, read into one buffer that is used again. */
export interface LentSocket {
  /** For everything but reading. */
  readonly socket: net.Socket
  /** How the peer ended, as TCP tells it; null while it has not. */
  readonly ended: 'fin' | 'reset' | null
  /** Who gets the chunks from now on. */
  giveTo(take: Take): void
  /** Starts reading, and goes on with it. Whoever still looks at a chunk may not call. */
  readonly resume: () => void
  /** Calls once the peer has ended; at once when it has already. One caller only. */
  whenEnded(tell: () => void): void
}

export const firstBufferBytes = 16 * 1024
/** Where the gain flattens, measured on loopback: in clear at 256 KiB, in TLS, where each read is fed to the engine, here. */
const largestBufferBytes = 1024 * 1024
export const growth = 4

const readBuffers = bufferPool([
  { bytes: firstBufferBytes, idle: 64 },
  { bytes: firstBufferBytes * growth, idle: 16 },
  { bytes: firstBufferBytes * growth * growth, idle: 16 },
  // With more of them the processor's cache no longer holds what was just read (measured: 12 % more CPU with 50).
  { bytes: largestBufferBytes, idle: 2, most: 2 },
])

/**
 * Reads the socket, which must be paused, half-open and unread, into one buffer: 16 KiB first, up to 1 MiB when reads come
 * full. With `lends: false`, the plain way: a new buffer for each chunk, the same behaviour otherwise (see `canLendReads`).
 */
export function lendSocket(socket: net.Socket, { lends }: { readonly lends: boolean }): LentSocket {
  return new Lent(socket, lends)
}

class Lent implements LentSocket {
  readonly socket: net.Socket
  readonly resume: () => void
  #take: Take = () => false
  #tell = () => {}
  #ended: LentSocket['ended'] = null

  constructor(socket: net.Socket, lends: boolean) {
    this.socket = socket
    socket.on('error', () => this.#end('reset'))
    socket.on('end', () => this.#end('fin'))
    socket.on('close', () => this.#end('reset'))
    this.resume = (lends ? lendReads : plainReads)(socket, (chunk) => this.#take(chunk))
  }

  get ended(): LentSocket['ended'] {
    return this.#ended
  }

  giveTo(take: Take): void {
    this.#take = take
  }

  whenEnded(tell: () => void): void {
    this.#tell = tell
    if (this.#ended !== null) tell()
  }

  #end(how: 'fin' | 'reset'): void {
    if (this.#ended !== null) return
    this.#ended = how
    this.#tell()
  }
}

/** What the system has not taken yet of what was written; tells a slow peer from a dead one. */
export function queuedBytes(socket: net.Socket): number {
  return (socket as HandleOwner)._handle?.writeQueueSize ?? 0
}

interface Handle {
  readonly writeQueueSize?: number
  readonly bytesRead: number
  reading: boolean
  onread: (data: unknown) => unknown
  useUserBuffer(buffer: Uint8Array): void
  readStart(): number
  readStop(): number
}
type HandleOwner = net.Socket & { readonly _handle?: Handle | null }

/**
 * Node gives `onread` only to sockets it opens itself; for accepted ones its handle has to be told. The socket itself reads
 * nothing, but learns of the end as ever. Returns `resume`.
 *
 * Stopping and starting again costs two system calls for each chunk. Most readers want the next one before the loop goes on,
 * so reading is stopped only when that has not happened: microtasks and ticks run before the handle reads again.
 */
function lendReads(socket: HandleOwner, take: Take): () => void {
  const handle = socket._handle
  if (!handle) return () => {}
  const ended = handle.onread
  let buffer = readBuffers.lease(firstBufferBytes)
  let outgrown: Buffer | null = null
  let seen = handle.bytesRead
  let isLent = false
  const stopUnlessWanted = () => {
    if (!isLent || !handle.reading) return
    handle.reading = false
    handle.readStop()
  }
  const checkAfterwards = () => process.nextTick(stopUnlessWanted)
  handle.useUserBuffer(buffer)
  // The native side says how much came only to functions of Node's own; the growth of the counter says the same.
  handle.onread = (data) => {
    const bytes = handle.bytesRead - seen
    if (!(bytes > 0)) return ended.call(handle, data)
    // Never seen; but what was lent is overwritten by now, and no byte may be wrong.
    if (isLent) return void socket.resetAndDestroy()
    seen += bytes
    const chunk = buffer.subarray(0, bytes)
    const isFull = bytes === buffer.length && readBuffers.lengthFor(bytes * growth) > bytes
    if (isFull) {
      outgrown = buffer
      buffer = readBuffers.lease(bytes * growth)
    }
    isLent = true
    if (take(chunk)) isLent = false
    else queueMicrotask(checkAfterwards)
    return isFull ? buffer : undefined
  }
  // What is still looked at after the end is left to the garbage collector.
  socket.once('close', () => {
    if (isLent) readBuffers.forget(buffer)
    else readBuffers.release(buffer)
  })
  return () => {
    isLent = false
    if (outgrown !== null) readBuffers.release(outgrown)
    outgrown = null
    if (socket._handle !== handle || handle.reading) return
    handle.reading = true
    handle.readStart()
  }
}

function plainReads(socket: net.Socket, take: Take): () => void {
  socket.on('data', (chunk: Buffer) => {
    if (!take(chunk)) socket.pause()
  })
  return () => void socket.resume()
}

let tested: Promise<boolean> | null = null

/** Whether this Node lets a handle be read this way: tried once for the process, on loopback, with real bytes. */
export function canLendReads(): Promise<boolean> {
  tested ??= tryLending().catch(() => false)
  return tested
}

async function tryLending(): Promise<boolean> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  try {
    const [accepted] = await Promise.all([once(server, 'connection') as Promise<net.Socket>, once(client, 'connect')])
    client.end(Buffer.alloc(3 * firstBufferBytes, 'sluice'))
    return await readsAll(accepted, 3 * firstBufferBytes)
  } finally {
    client.destroy()
    server.close()
  }
}

function readsAll(accepted: net.Socket, expectedBytes: number): Promise<boolean> {
  const expected = Buffer.alloc(expectedBytes, 'sluice')
  return new Promise((resolve) => {
    const lent = lendSocket(accepted, { lends: true })
    const patience = setTimeout(() => resolve(false), 2000)
    let bytes = 0
    let same = true
    lent.giveTo((chunk) => {
      same &&= expected.subarray(bytes, bytes + chunk.length).equals(chunk)
      bytes += chunk.length
      setImmediate(() => lent.resume())
      return false
    })
    lent.whenEnded(() => {
      clearTimeout(patience)
      lent.socket.destroy()
      resolve(same && bytes === expectedBytes && lent.ended === 'fin')
    })
    lent.resume()
  })
}

function once(emitter: net.Server | net.Socket, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve)
    emitter.once('error', reject)
  })
}
