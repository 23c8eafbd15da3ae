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
  const queue = chunkQueue({ waitingBytes: line.waitingBytes, more: line.more })
  let ending: Ending | null = null
  let failure: Error | null = null
  let sends = 0
  let rejectSend: ((reason: Error) => void) | null = null

  const fail = (reason: Error) => {
    failure ??= reason
    stopWatching()
    queue.fail(failure)
    rejectSend?.(failure)
    reset(line.socket)
  }
  const end = (how: Ending) => {
    if (ending !== null) return
    ending = how
    stopWatching()
    queue.end()
  }
  const stopWatching = watchStall({
    milliseconds: options.stallMilliseconds,
    isWaiting: () => queue.isWaiting || rejectSend !== null,
    progress: () => queue.taken + sends - queuedBytes(line.socket),
    onStall: () => (rejectSend === null ? end('stalled') : fail(lost('The client took no bytes for too long.'))),
  })
  /** Waits for what the system does; ends with `failure` when that comes first. */
  const during = (start: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      if (failure !== null) return reject(failure)
      rejectSend = reject
      start((error) => {
        rejectSend = null
        sends++
        if (!error) resolve()
        else reject(failure ?? lost('The data connection was lost.', error))
      })
    })
  if (options.direction === 'upload') line.read(queue, end)
  return {
    tlsVersion: line.tlsVersion,
    receive: () => queue,
    get ending() {
      return ending
    },
    send: (chunk) => during((done) => line.writable.write(chunk, done)),
    async finish() {
      if (failure !== null) throw failure
      if (options.direction === 'upload') {
        line.beforeEnd()
        line.writable.end()
      } else await during((done) => endOf(line.writable, done))
      stopWatching()
      linger(line, options.closeMilliseconds)
    },
    destroy: fail,
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
