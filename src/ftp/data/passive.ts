import type net from 'node:net'
import { isGatewayError } from '../../core/errors.ts'
import { plainAddress } from './addresses.ts'
import type { DataAgreement } from './data-channel.ts'
import type { PassivePort, PortPool } from './port-pool.ts'
import {
  readingWays,
  refused,
  waitingConnection,
  type SecurityOptions,
  type WaitingConnection,
} from './waiting-connection.ts'

export interface PassiveOptions extends SecurityOptions {
  readonly ports: PortPool
  /** The local end of the control connection: what listens, listens there. */
  readonly localAddress: string
  /** The client's address on the control connection: nobody else may come. */
  readonly peerAddress: string
  /** Told of each connection from another address. It was closed without a byte. */
  readonly onStranger?: (address: string) => void
}

/** Why nobody came: stands as `cause` of the error when others came, and only they. */
export interface OnlyStrangers {
  readonly strangersOnly: true
}

/** Whether a passive connection failed because only strangers came to its port. */
export function isStrangersOnly(error: unknown): boolean {
  const cause = isGatewayError(error) ? error.cause : null
  return typeof cause === 'object' && cause !== null && 'strangersOnly' in cause
}

/**
 * Opens a port for the client to come to (PASV, EPSV; RFC 959, 4.1.2; RFC 2428, 3). Strangers are closed at once, and the port
 * goes on waiting for its owner; once the owner is there, the port is closed.
 * @throws GatewayError 'data-connection-refused' when no port is free.
 */
export async function openPassive(options: PassiveOptions): Promise<DataAgreement> {
  const ways = await readingWays()
  const { timeouts } = options
  const peer = plainAddress(options.peerAddress)
  const passive = await options.ports.listen(plainAddress(options.localAddress))
  let owner: WaitingConnection | null = null
  let strangers = 0
  const arrival = Promise.withResolvers<WaitingConnection>()
  arrival.promise.catch(() => {}) // Nobody may be waiting; whoever is gets the reason.

  const giveUp = (reason: Error) => {
    clearTimeout(idle)
    passive.close()
    arrival.reject(reason)
  }
  const nobody = (sentence: string) => {
    if (strangers === 0) return giveUp(refused(sentence))
    const cause: OnlyStrangers = { strangersOnly: true }
    giveUp(refused('Security: the data connection came from another address.', cause))
  }
  const idle = setTimeout(() => nobody('Nobody came to the data port.'), timeouts.idleMilliseconds)
  idle.unref()

  passive.server.on('connection', (socket: net.Socket) => {
    socket.on('error', () => {})
    const { remoteAddress } = socket
    if (remoteAddress === undefined || plainAddress(remoteAddress) !== peer || owner !== null) {
      socket.destroy()
      if (remoteAddress === undefined || owner !== null) return
      strangers++
      options.onStranger?.(plainAddress(remoteAddress))
      return
    }
    clearTimeout(idle)
    passive.close()
    owner = waitingConnection(socket, { ...options, ...ways })
    arrival.resolve(owner)
  })
  return agreement({ passive, arrival: arrival.promise, giveUp, nobody, owner: () => owner, ...timeouts, idle })
}

interface Parts {
  readonly passive: PassivePort
  readonly arrival: Promise<WaitingConnection>
  readonly acceptMilliseconds: number
  readonly idle: NodeJS.Timeout
  owner(): WaitingConnection | null
  giveUp(reason: Error): void
  nobody(sentence: string): void
}

function agreement(parts: Parts): DataAgreement {
  return {
    port: parts.passive.port,
    async connect(direction, signal) {
      clearTimeout(parts.idle)
      const patience = setTimeout(() => parts.nobody('Nobody came to the data port.'), parts.acceptMilliseconds)
      const onAbort = () => parts.giveUp(signal.reason as Error)
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort)
      try {
        const connection = await parts.arrival
        signal.throwIfAborted()
        return await connection.open(direction, signal)
      } finally {
        clearTimeout(patience)
        signal.removeEventListener('abort', onAbort)
      }
    },
    close() {
      // Once the owner has come there is no port to give up, and nobody to tell: an error would cost more than the transfer.
      const owner = parts.owner()
      if (owner === null) parts.giveUp(refused('The data connection was given up.'))
      else owner.close()
    },
  }
}
