import type net from 'node:net'
import type { Logger } from '../../core/logger.ts'
import type { SessionTls } from '../data/session-tls.ts'
import type { ListenerOptions } from '../listener-options.ts'
import type { SessionServices } from '../session/context.ts'

/** One client's connection, and what serves it. */
export interface ControlOptions {
  readonly id: string
  readonly socket: net.Socket
  readonly remoteAddress: string
  readonly localAddress: string
  readonly listener: ListenerOptions
  readonly tls: SessionTls | null
  readonly services: SessionServices
  readonly logger: Logger
  /** The client has logged in: it no longer counts among the strangers. */
  readonly onLogin: () => void
  /** Nothing of the session is left. */
  readonly onClosed: () => void
}
