import net from 'node:net'
import { plainAddress } from './addresses.ts'
import type { DataAgreement } from './data-channel.ts'
import { readingWays, refused, waitingConnection, type SecurityOptions } from './waiting-connection.ts'

export interface ActiveOptions extends SecurityOptions {
  /** Where the client waits: an address, and the very one its control connection comes from. */
  readonly host: string
  /** 1024–65535. */
  readonly port: number
  /** The local end of the control connection: we come from there. */
  readonly localAddress: string
  /** The client's address on the control connection. */
  readonly peerAddress: string
}

/**
 * Agrees to connect to the client (PORT, EPRT; RFC 959, 4.1.2; RFC 2428, 2). No connection is made before `connect`.
 * @throws GatewayError 'data-connection-refused' for any address but the client's own, and ports below 1024 (RFC 2577).
 */
export function openActive(options: ActiveOptions): DataAgreement {
  const host = plainAddress(options.host)
  if (
    net.isIP(host) === 0 ||
    host !== plainAddress(options.peerAddress) ||
    !(options.port >= 1024 && options.port <= 65_535)
  )
    throw refused('Security: data connections go to your own address only, and to ports from 1024.')
  const closed = new AbortController()
  let reached: net.Socket | null = null
  const reach = async (signal: AbortSignal): Promise<net.Socket> =>
    (reached ??= await connected(options, AbortSignal.any([signal, closed.signal])))
  return {
    port: null,
    reach: async (signal) => void (await reach(signal)),
    async connect(direction, signal) {
      const socket = await reach(signal)
      reached = null
      const ways = await readingWays()
      const connection = waitingConnection(socket, { ...options, ...ways })
      return connection.open(direction, signal)
    },
    close() {
      closed.abort(refused('The data connection was given up.'))
      reached?.resetAndDestroy()
    },
  }
}

/** The socket is paused, so that its handle has not been read when it is lent. */
function connected(options: ActiveOptions, signal: AbortSignal): Promise<net.Socket> {
  const socket = new net.Socket({ allowHalfOpen: true })
  socket.on('error', () => {})
  socket.pause()
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(patience)
      signal.removeEventListener('abort', onAbort)
      act()
    }
    const fail = (reason: Error) => {
      socket.destroy()
      settle(() => reject(reason))
    }
    const onAbort = () => fail(signal.reason as Error)
    const { acceptMilliseconds } = options.timeouts
    const patience = setTimeout(() => fail(refused('The data port did not answer.')), acceptMilliseconds)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    socket.once('error', (cause) => fail(refused('The data connection was refused.', cause)))
    const target = { host: plainAddress(options.host), port: options.port, noDelay: true }
    socket.connect({ ...target, localAddress: plainAddress(options.localAddress) }, () => settle(() => resolve(socket)))
  })
}
