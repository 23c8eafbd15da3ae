import net from 'node:net'

/** Takes a lent chunk, valid during the call and until `resume`; false: no more until `resume`. */
export type Take = (chunk: Uint8Array) => boolean

/** An accepted or connected socket, read into one buffer that is used again. */
export interface LentSocket {
  /** For everything but reading. Reading starts with its `resume()`. */
  readonly socket: net.Socket
  /** How the peer ended, as TCP tells it; null while it has not. */
  readonly ended: 'fin' | 'reset' | null
  /** Who gets the chunks from now on. */
  giveTo(take: Take): void
  /** Calls once the peer has ended; at once when it has already. One caller only. */
  whenEnded(tell: () => void): void
}

export const firstBufferBytes = 16 * 1024
/** Where the gain flattens: `docs/` of the data plane, measured on loopback. */
export const largestBufferBytes = 256 * 1024

/**
 * Reads the socket, which must be paused and unread, into one buffer: 16 KiB first, up to 256 KiB when reads come full.
 * With `move: false`, the plain way: a new buffer for each chunk, the same behaviour otherwise (see `canMoveHandles`).
 */
export function lendSocket(paused: net.Socket, { move }: { readonly move: boolean }): LentSocket {
  let take: Take = () => false
  let tell = () => {}
  let ended: LentSocket['ended'] = null
  const end = (how: 'fin' | 'reset') => {
    if (ended !== null) return
    ended = how
    tell()
  }
  const socket = move ? movedSocket(paused, (chunk) => take(chunk)) : plainSocket(paused, (chunk) => take(chunk))
  socket.on('error', () => end('reset'))
  socket.on('end', () => end('fin'))
  socket.on('close', () => end('reset'))
  return {
    socket,
    get ended() {
      return ended
    },
    giveTo(taker) {
      take = taker
    },
    whenEnded(teller) {
      tell = teller
      if (ended !== null) teller()
    },
  }
}

/** What the system has not taken yet of what was written; tells a slow peer from a dead one. */
export function queuedBytes(socket: net.Socket): number {
  return (socket as HandleOwner)._handle?.writeQueueSize ?? 0
}

type HandleOwner = net.Socket & { _handle?: { readonly writeQueueSize?: number } | null }
type MovedOptions = Omit<net.SocketConstructorOpts, 'handle'> & {
  readonly handle: unknown
  readonly manualStart: boolean
}

/** Node gives `onread` only to sockets it opens itself. For accepted ones the handle has to change its owner. */
function movedSocket(paused: HandleOwner, take: Take): net.Socket {
  let buffer = Buffer.allocUnsafeSlow(firstBufferBytes)
  const callback = (bytes: number, filled: Uint8Array): boolean => {
    if (bytes === buffer.length && bytes < largestBufferBytes) buffer = Buffer.allocUnsafeSlow(bytes * 4)
    return take(filled.subarray(0, bytes))
  }
  const handle = paused._handle
  const onread = { buffer: () => buffer, callback }
  const options: MovedOptions = { handle, allowHalfOpen: true, manualStart: true, onread }
  paused._handle = null
  paused.destroy()
  return new net.Socket(options as net.SocketConstructorOpts)
}

function plainSocket(paused: net.Socket, take: Take): net.Socket {
  paused.on('data', (chunk: Buffer) => {
    if (!take(chunk)) paused.pause()
  })
  return paused
}

let tested: Promise<boolean> | null = null

/** Whether this Node lets a handle change its owner: tried once for the process, on loopback, with real bytes. */
export function canMoveHandles(): Promise<boolean> {
  tested ??= tryMoving().catch(() => false)
  return tested
}

async function tryMoving(): Promise<boolean> {
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
    const lent = lendSocket(accepted, { move: true })
    const patience = setTimeout(() => resolve(false), 2000)
    let bytes = 0
    let same = true
    lent.giveTo((chunk) => {
      same &&= expected.subarray(bytes, bytes + chunk.length).equals(chunk)
      bytes += chunk.length
      setImmediate(() => lent.socket.resume())
      return false
    })
    lent.whenEnded(() => {
      clearTimeout(patience)
      lent.socket.destroy()
      resolve(same && bytes === expectedBytes && lent.ended === 'fin')
    })
    lent.socket.resume()
  })
}

function once(emitter: net.Server | net.Socket, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    emitter.once(event, resolve)
    emitter.once('error', reject)
  })
}
