import type net from 'node:net'
import { GatewayError } from '../../core/errors.ts'
import { chunkQueue, type ChunkQueue } from './chunk-queue.ts'
import type { DataChannel, Direction, Ending } from './data-channel.ts'
import { queuedBytes } from './lent-socket.ts'
import { watchStall } from './stall-watch.ts'

/** One open connection, in clear or secure, as a channel needs it. */
export interface Line {
  readonly tlsVersion: string | null
  /** The TCP socket. */
  readonly socket: net.Socket
  /** Where bytes for the client are written: the TCP socket, or the TLS one above it. */
  readonly writable: net.Socket
  /** Bytes that may wait to be read; 0 when chunks are lent. */
  readonly waitingBytes: number
  /** Starts to read what the client sends, and tells how it ended. Called once, for uploads. */
  read(queue: ChunkQueue, end: (ending: Ending) => void): void
  /** The reader waits: go on reading. */
  readonly more: () => void
  /** The client has ended: lets go of what was kept for then. */
  readonly beforeEnd: () => void
  /** Reads on, and throws away. */
  drain(): void
}

export interface ChannelOptions {
  readonly direction: Direction
  /** How long a transfer may stand still. */
  readonly stallMilliseconds: number
  /** How long the connection may stay after our end, for the client's. Nobody waits for it. */
  readonly closeMilliseconds: number
}

/** The channel over an open line. */
export function dataChannel(line: Line, options: ChannelOptions): DataChannel {
  return new Channel(line, options)
}

class Channel implements DataChannel {
  readonly tlsVersion: string | null
  readonly #line: Line
  readonly #options: ChannelOptions
  readonly #queue: ChunkQueue
  readonly #stopWatching: () => void
  #ending: Ending | null = null
  #failure: Error | null = null
  #sends = 0
  #rejectSend: ((reason: Error) => void) | null = null

  constructor(line: Line, options: ChannelOptions) {
    this.tlsVersion = line.tlsVersion
    this.#line = line
    this.#options = options
    this.#queue = chunkQueue({ waitingBytes: line.waitingBytes, more: line.more })
    this.#stopWatching = watchStall({
      milliseconds: options.stallMilliseconds,
      isWaiting: () => this.#queue.isWaiting || this.#rejectSend !== null,
      progress: () => this.#queue.taken + this.#sends - queuedBytes(line.socket),
      onStall: () => this.#stalled(),
    })
    if (options.direction === 'upload') line.read(this.#queue, (how) => this.#end(how))
  }

  get ending(): Ending | null {
    return this.#ending
  }

  receive(): AsyncIterable<Uint8Array> {
    return this.#queue
  }

  send(chunk: Uint8Array): Promise<void> {
    return this.#during((done) => this.#line.writable.write(chunk, done))
  }

  async finish(): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const { writable } = this.#line
    if (this.#options.direction === 'upload') {
      this.#line.beforeEnd()
      writable.end()
    } else await this.#during((done) => endOf(writable, done))
    this.#stopWatching()
    linger(this.#line, this.#options.closeMilliseconds)
  }

  destroy(reason: Error): void {
    this.#failure ??= reason
    this.#stopWatching()
    this.#queue.fail(this.#failure)
    this.#rejectSend?.(this.#failure)
    reset(this.#line.socket)
  }

  #end(how: Ending): void {
    if (this.#ending !== null) return
    this.#ending = how
    this.#stopWatching()
    this.#queue.end()
  }

  #stalled(): void {
    if (this.#rejectSend === null) this.#end('stalled')
    else this.destroy(lost('The client took no bytes for too long.'))
  }

  /** Waits for what the system does; ends with the failure when that comes first. */
  #during(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure)
      this.#rejectSend = reject
      start((error) => {
        this.#rejectSend = null
        this.#sends++
        if (!error) resolve()
        else reject(this.#failure ?? lost('The data connection was lost.', error))
      })
    })
  }
}

function lost(sentence: string, cause?: unknown): GatewayError {
  return new GatewayError('data-connection-lost', sentence, { cause })
}

/** Done once every byte and our end are handed to the system. */
function endOf(writable: net.Socket, done: (error?: Error | null) => void): void {
  const close = () => settle(new Error('closed'))
  const settle = (error?: Error) => {
    writable.removeListener('finish', settle)
    writable.removeListener('error', settle)
    writable.removeListener('close', close)
    done(error)
  }
  if (writable.destroyed) return done(writable.errored ?? new Error('closed'))
  writable.once('finish', settle)
  writable.once('error', settle)
  writable.once('close', close)
  writable.end()
}

/**
 * Keeps the socket until the client has closed its side (Node destroys it then), and reads on meanwhile: closing over unread
 * bytes would make the system send a reset, which takes from the client what it has not read yet.
 */
function linger(line: Line, milliseconds: number): void {
  if (line.socket.destroyed) return
  const timer = setTimeout(() => {
    line.writable.destroy()
    line.socket.destroy()
  }, milliseconds)
  timer.unref()
  line.socket.once('close', () => clearTimeout(timer))
  line.drain()
}

/** A reset; but once our end is on its way, the system refuses one. */
function reset(socket: net.Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
