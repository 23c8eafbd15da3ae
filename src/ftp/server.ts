import type net from 'node:net'
import type { Logger } from '../core/logger.ts'
import type { Slot } from './admission.ts'
import { ControlConnection } from './control/control-connection.ts'
import { plainAddress } from './data/addresses.ts'
import type { SessionTls } from './data/session-tls.ts'
import type { ListenerOptions } from './listener-options.ts'
import { replyProfiles } from './session/reply-profile.ts'
import type { SessionServices } from './session/context.ts'
import { formatReply } from './wire/reply.ts'

export interface FtpServerOptions {
  readonly services: SessionServices
  readonly logger: Logger
  /** A new session's TLS; null where there is none to offer. */
  readonly newTls: () => SessionTls | null
}

/** The sessions of one process. */
export interface FtpServer {
  /** Serves a client that was admitted, on a socket that nobody has read yet. */
  accept(socket: net.Socket, listener: ListenerOptions, slot: Slot): void
  /**
   * Says goodbye to everyone: at once, or when the transfer that runs is over, or when the time is up. Settles when the
   * last session is gone.
   */
  drain(milliseconds: number): Promise<void>
  sessions(): number
}

/** How long sessions may take to go once they were told to. */
const farewellMilliseconds = 3_000

export function ftpServer({ services, logger, newTls }: FtpServerOptions): FtpServer {
  const connections = new Map<ControlConnection, net.Socket>()
  let onEmpty: (() => void) | null = null
  let isDraining = false

  function accept(socket: net.Socket, listener: ListenerOptions, slot: Slot): void {
    const { remoteAddress, localAddress } = socket
    socket.on('error', () => {})
    // The client may be gone before its turn: the system no longer knows who it was.
    if (remoteAddress === undefined || localAddress === undefined || socket.destroyed || isDraining) {
      socket.destroy()
      slot.leave()
      return
    }
    const id = services.newId()
    const address = plainAddress(remoteAddress)
    const sessionLogger = logger.with({ session: id, address })
    sessionLogger.debug('connected', { port: socket.localPort })
    const connection = new ControlConnection({
      ...{ id, socket, listener, services },
      remoteAddress: address,
      localAddress: plainAddress(localAddress),
      tls: listener.tls === 'none' ? null : newTls(),
      logger: sessionLogger,
      onLogin: () => slot.authenticated(),
      onClosed() {
        sessionLogger.debug('closed')
        slot.leave()
        connections.delete(connection)
        if (connections.size === 0) onEmpty?.()
      },
    })
    slot.onDrop = () => connection.dropUnauthenticated()
    connections.set(connection, socket)
    void connection.start()
  }

  const empty = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (connections.size === 0) return resolve()
      const timer = setTimeout(resolve, milliseconds)
      onEmpty = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  return {
    accept,
    sessions: () => connections.size,
    async drain(milliseconds) {
      isDraining = true
      for (const connection of connections.keys()) connection.drain()
      await empty(milliseconds)
      for (const connection of connections.keys()) connection.end()
      await empty(farewellMilliseconds)
      for (const socket of connections.values()) socket.destroy()
      await empty(farewellMilliseconds)
    },
  }
}

/** Turns a client away that found no place. Nothing is said in clear where TLS comes first. */
export function turnAway(socket: net.Socket, listener: ListenerOptions, why: 'full' | 'address-full'): void {
  socket.on('error', () => {})
  if (listener.tls === 'implicit') {
    socket.destroy()
    return
  }
  const { say } = replyProfiles[listener.replies]
  socket.end(formatReply(why === 'full' ? say.tooManySessions() : say.tooManyFromAddress()))
  socket.resume()
  setTimeout(() => socket.destroy(), 1_000).unref()
}
