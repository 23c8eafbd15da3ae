import type net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { GatewayError } from '../../core/errors.ts'
import type { CertificatePair, CertificateSet } from './certificates.ts'
import { handshake } from './handshake.ts'
import { newTicketKeys, type TlsContexts } from './tls-contexts.ts'

/** The TLS of one control connection and its data connections: one certificate, own ticket keys. */
export interface SessionTls {
  /** The control connection's context; it is made when first asked for. */
  context(): tls.SecureContext
  /**
   * Makes the control connection secure, as the TLS server. What the socket has buffered in clear is thrown away.
   * @throws GatewayError 'tls-required' when the handshake fails or takes too long; the socket is then destroyed.
   */
  startControl(socket: net.Socket, options: { readonly handshakeMilliseconds: number }): Promise<tls.TLSSocket>
  /** The TLS server on a data connection, its handshake still to come; shows the control connection's certificate. */
  startData(stream: net.Socket | Duplex): tls.TLSSocket
  /** The control connection is gone; its contexts serve others, under other keys. */
  release(): void
}

export interface SessionTlsOptions {
  readonly certificates: CertificateSet
  readonly contexts: TlsContexts
}

/** ALPACA: a client that offers protocols, none of them ours, gets `no_application_protocol` (RFC 7301, 3.2). */
const controlProtocols = ['ftp', 'x-filezilla-ftp']
const dataProtocols = ['ftp', 'ftp-data', 'x-filezilla-ftp']

/** One for each control connection: a ticket of any other one cannot be read here, so "resumed" means "from this one". */
export function sessionTls({ certificates, contexts }: SessionTlsOptions): SessionTls {
  const keys = newTicketKeys()
  // A server name makes it two: the first goes on writing the control connection's tickets.
  const taken = new Map<CertificatePair, tls.SecureContext>()
  let pair = certificates.choose(null)
  const currentContext = () => {
    const context = taken.get(pair) ?? contexts.take(pair, keys)
    taken.set(pair, context)
    return context
  }
  const choose = (serverName: string, tell: (error: Error | null, context?: tls.SecureContext) => void) => {
    const chosen = certificates.choose(serverName)
    if (chosen === pair) return tell(null)
    pair = chosen
    tell(null, currentContext())
  }
  return {
    context: currentContext,
    async startControl(socket, { handshakeMilliseconds }) {
      while (socket.read() !== null) continue
      const secured = server(socket, {
        secureContext: currentContext(),
        ALPNProtocols: controlProtocols,
        SNICallback: choose,
      })
      const failed = await handshake(secured, { milliseconds: handshakeMilliseconds })
      if (failed === null) return secured
      socket.destroy()
      throw new GatewayError('tls-required', 'The TLS handshake failed.', { cause: failed })
    },
    startData: (stream) => server(stream, { secureContext: currentContext(), ALPNProtocols: dataProtocols }),
    release() {
      for (const [of, context] of taken) contexts.giveBack(of, context)
      taken.clear()
    },
  }
}

function server(stream: net.Socket | Duplex, options: tls.TLSSocketOptions): tls.TLSSocket {
  const secured = new tls.TLSSocket(stream, { isServer: true, ...options })
  secured.on('error', () => {})
  // Without a `tls.Server` above it, Node tells what goes wrong only by this event, and leaves the socket open.
  secured.on('_tlsError', (error: Error) => secured.destroy(error))
  return secured
}
