import net from 'node:net'
import { GatewayError } from '../core/errors.ts'
import type { ListenerOptions } from './listener-options.ts'

/** Clients that may wait in the system to be accepted. */
const backlog = 1024

/**
 * Opens one listener's port. Its sockets come paused: nothing of them is read before their session, in whatever process,
 * begins. @throws GatewayError 'conflict' when the port is in use, 'permission-denied' when it is not ours to open,
 *   'unavailable' otherwise.
 */
export async function openPort(
  { address, port }: Pick<ListenerOptions, 'address' | 'port'>,
  onConnection: (socket: net.Socket) => void,
): Promise<net.Server> {
  const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true }
  const server = net.createServer(options, onConnection)
  try {
    await listening(server, { host: address, port })
  } catch (error) {
    if (!isNoIpv6(error, address)) throw translated(error, port)
    // A machine without IPv6: all addresses are then all IPv4 addresses.
    await listening(server, { host: '0.0.0.0', port }).catch((error: unknown) => {
      throw translated(error, port)
    })
  }
  return server
}

function listening(server: net.Server, where: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...where, backlog, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function isNoIpv6(error: unknown, address: string): boolean {
  return address === '::' && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(codeOf(error))
}

function translated(error: unknown, port: number): GatewayError {
  const code = codeOf(error)
  if (code === 'EADDRINUSE')
    return new GatewayError('conflict', `Port ${port} is in use by another program.`, { cause: error })
  if (code === 'EACCES')
    return new GatewayError('permission-denied', `Port ${port} may only be opened by a privileged user.`, {
      cause: error,
    })
  return new GatewayError('unavailable', `Port ${port} cannot be opened (${code}).`, { cause: error })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
