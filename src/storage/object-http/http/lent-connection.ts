import net from 'node:net'
import tls from 'node:tls'
import type { Origin } from './http-types.ts'
import { readArea } from './read-area.ts'

/** A connection that is read into one buffer, used again for each read. */
export interface LentConnection {
  readonly socket: net.Socket
  /**
   * What has come, valid until the next call; null at the end. Not to be called while it waits.
   * @throws what broke the connection.
   */
  next(): Promise<Buffer | null>
  /** So many bytes are due beyond what was given: reads are made for as many. */
  expect(bytes: number): void
  /** To be called when nobody waits for a while. False: the connection cannot be used again. */
  rest(): boolean
  /** Bytes that have come from the system, TLS's own among them. NaN: this Node does not tell, or it is closed. */
  receivedBytes(): number
  /** Resolves when it stands, TLS included. @throws what hindered it. */
  readonly opened: Promise<void>
  /** Answers served so far: of a connection that has served, the other end may have let go meanwhile. */
  served: number
}

export interface ConnectOptions {
  readonly certificateAuthority?: string | readonly string[]
  readonly lookup?: net.LookupFunction
  /** Of an earlier connection to the same place: half a handshake is saved. */
  readonly session?: Buffer | null
}

/** Connects, and reads nothing before it is asked. */
export function lentConnection(origin: Origin, options: ConnectOptions): LentConnection {
  const area = readArea({ bundles: origin.secure })
  let isEnded = false
  let failure: Error | null = null
  let waiting: PromiseWithResolvers<Buffer | null> | null = null

  /** Tells who waits what there is, if there is anything. */
  const tell = () => {
    const asked = waiting
    const chunk = asked === null ? null : area.next()
    if (asked === null || (chunk === null && failure === null && !isEnded)) return
    waiting = null
    if (chunk === null && failure !== null) asked.reject(failure)
    else asked.resolve(chunk)
  }

  const callback = (bytes: number): boolean => {
    area.took(bytes)
    tell()
    return false
  }
  const socket = open(origin, options, { buffer: () => area.free(), callback })
  socket.on('error', (error) => {
    failure ??= error
    tell()
  })
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      isEnded = true
      tell()
    })
  }
  socket.once('close', () => area.close())

  function next(): Promise<Buffer | null> {
    const asked = Promise.withResolvers<Buffer | null>()
    waiting = asked
    tell()
    if (waiting !== null) socket.resume()
    return asked.promise
  }

  /** Reads on, so that an end is noticed while nobody waits. */
  function rest(): boolean {
    const isClean = area.next() === null && !isEnded && !socket.destroyed
    if (isClean) socket.resume()
    return isClean
  }

  const opened = new Promise<void>((resolve, reject) => {
    socket.once(origin.secure ? 'secureConnect' : 'connect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(failure ?? new TypeError('The connection was closed.')))
  })
  // Whoever wanted it may have left.
  opened.catch(() => {})
  return {
    ...{ socket, next, rest, opened, served: 0 },
    expect: (bytes) => area.expect(bytes),
    receivedBytes: () => receivedBytes(socket),
  }
}

interface Handle {
  readonly bytesRead: number
  /** Of TLS: what it reads from. */
  readonly _parent?: Handle | null
}

function receivedBytes({ _handle: handle }: net.Socket & { readonly _handle?: Handle | null }): number {
  return (handle?._parent ?? handle)?.bytesRead ?? Number.NaN
}

function open(origin: Origin, options: ConnectOptions, onread: net.OnReadOpts): net.Socket {
  const { hostname: host, port, secure } = origin
  const { certificateAuthority: ca, lookup, session } = options
  const shared = { host, port, onread, ...(lookup && { lookup }) }
  if (!secure) return net.connect({ ...shared, noDelay: true })
  const socket = tls.connect({
    ...shared,
    ALPNProtocols: ['http/1.1'],
    ...(net.isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : [...ca] }),
    ...(session && { session }),
  })
  return socket.setNoDelay(true)
}
