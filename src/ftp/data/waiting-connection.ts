import type net from 'node:net'
import type tls from 'node:tls'
import { GatewayError } from '../../core/errors.ts'
import { dataChannel, type Line } from './channel.ts'
import type { DataChannel, Direction } from './data-channel.ts'
import { handshake } from './handshake.ts'
import { canLendPlaintext, decryptedBytes } from './lent-plaintext.ts'
import { canLendReads, lendSocket, type LentSocket } from './lent-socket.ts'
import { clearLine, secureLine, watchedLine } from './lines.ts'
import { watchRecords, type RecordWatch } from './record-watch.ts'
import type { SessionTls } from './session-tls.ts'

/** Times of a data connection, in milliseconds. */
export interface DataTimeouts {
  /** From the transfer command until the client's connection, or until ours is accepted. */
  readonly acceptMilliseconds: number
  /** How long a passive port waits for any use. */
  readonly idleMilliseconds: number
  /** From the transfer command until the TLS handshake is done. */
  readonly handshakeMilliseconds: number
  /** How long a transfer may stand still. */
  readonly stallMilliseconds: number
  /** How long the connection may stay after our end, for the client's. Nobody waits for it. */
  readonly closeMilliseconds: number
}

/** What passive and active connections have in common. */
export interface SecurityOptions {
  /** TLS of the control connection; null: in clear. A function is asked when it matters: PROT may come after PASV. */
  readonly secure: SessionTls | null | (() => SessionTls | null)
  /** Whether data connections must resume the control connection's TLS session. */
  readonly reuse: 'ignore' | 'prefer' | 'require'
  readonly timeouts: DataTimeouts
  /** Told after each TLS handshake. */
  readonly onReuse?: (resumed: boolean) => void
}

/** What this Node can do; without it the plain ways serve, slower. */
export interface ReadingWays {
  readonly lendsReads: boolean
  readonly lendsPlaintext: boolean
}

/** Tried once for the process. */
export async function readingWays(): Promise<ReadingWays> {
  const [lendsReads, lendsPlaintext] = await Promise.all([canLendReads(), canLendPlaintext()])
  return { lendsReads, lendsPlaintext }
}

/** The owner's connection before its transfer command. It is ready for TLS at once: some clients shake hands first. */
export interface WaitingConnection {
  /** @throws as `DataAgreement.connect`. Called once. */
  open(direction: Direction, signal: AbortSignal): Promise<DataChannel>
  /** Drops it; no effect on a channel that was opened. */
  close(): void
}

interface Early {
  readonly watch: RecordWatch
  readonly secured: tls.TLSSocket
}

/** Takes over a connected socket that was never read. Bytes that come too early wait in the system, or in the TLS engine. */
export function waitingConnection(paused: net.Socket, options: SecurityOptions & ReadingWays): WaitingConnection {
  const lent = lendSocket(paused, { lends: options.lendsReads })
  let early: Early | null = null
  let state: 'waiting' | 'open' | 'closed' = 'waiting'
  const tls = secureOf(options)
  if (tls !== null) {
    lent.giveTo((chunk) => {
      early = watched(lent, tls)
      return early.watch.take(chunk)
    })
    lent.resume()
  }
  const line = async (direction: Direction, signal: AbortSignal): Promise<Line> => {
    const secure = secureOf(options)
    if (secure === null) {
      if (early !== null) throw refused('TLS was spoken where none was agreed.')
      lent.giveTo(() => false)
      return clearLine(lent)
    }
    const { watch, secured } = early ?? fresh(lent, { secure, direction })
    watch?.know(direction)
    await secureWithin(secured, { ...options, lent, signal })
    return watch === null ? secureLine(lent, secured) : watchedLine({ lent, secured, watch, ...options })
  }
  return {
    async open(direction, signal) {
      try {
        const opened = await line(direction, signal)
        if (state === 'closed') throw refused('The data connection was given up.')
        state = 'open'
        return dataChannel(opened, { direction, ...options.timeouts })
      } catch (error) {
        lent.socket.resetAndDestroy()
        throw error
      }
    },
    close() {
      if (state === 'open') return
      state = 'closed'
      lent.socket.resetAndDestroy()
    },
  }
}

function secureOf({ secure }: SecurityOptions): SessionTls | null {
  return typeof secure === 'function' ? secure() : secure
}

function watched(lent: LentSocket, secure: SessionTls): Early {
  const watch = watchRecords(lent)
  const secured = secure.startData(watch.stream)
  watch.observe({
    isLatest: () => secured.getProtocol() === 'TLSv1.3',
    contentBytes: () => decryptedBytes(secured),
  })
  return { watch, secured }
}

/** Nothing has been read yet: a download needs no watching. */
function fresh(
  lent: LentSocket,
  { secure, direction }: { readonly secure: SessionTls; readonly direction: Direction },
) {
  if (direction === 'upload') return watched(lent, secure)
  const secured = secure.startData(lent.socket)
  // Nothing is wanted from the client, but its end.
  secured.resume()
  return { watch: null, secured }
}

interface SecureWithinOptions extends SecurityOptions {
  readonly lent: LentSocket
  readonly signal: AbortSignal
}

async function secureWithin(secured: tls.TLSSocket, options: SecureWithinOptions): Promise<void> {
  const { lent, signal, timeouts } = options
  const waiting = { milliseconds: timeouts.handshakeMilliseconds, signal, whenEnded: lent.whenEnded.bind(lent) }
  const failed = await handshake(secured, waiting)
  signal.throwIfAborted()
  if (failed !== null) throw refused('The TLS handshake on the data connection failed.', failed)
  const isResumed = secured.isSessionReused()
  options.onReuse?.(isResumed)
  if (options.reuse === 'require' && !isResumed)
    throw new GatewayError('session-not-resumed', 'The data connection must resume the TLS session of the control one.')
}

export function refused(sentence: string, cause?: unknown): GatewayError {
  return new GatewayError('data-connection-refused', sentence, { cause })
}
