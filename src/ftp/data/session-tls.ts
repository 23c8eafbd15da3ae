import { randomBytes } from 'node:crypto'
import type net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { GatewayError } from '../../core/errors.ts'
import type { CertificatePair, CertificateSet } from './certificates.ts'
import { handshake } from './handshake.ts'

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
}

export interface SessionTlsOptions {
  readonly certificates: CertificateSet
  readonly minimumVersion: 'TLSv1.2' | 'TLSv1.3'
}

/** AEAD only. AES-128-GCM first: the cheapest per byte, and strong enough for both sides of any client. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/** OpenSSL's SSL_OP_NO_RENEGOTIATION, which `node:constants` does not name. Node allows clients to renegotiate. */
const noRenegotiation = 0x40000000

/** Longer than any FTP session lasts: a client that cannot resume late would be refused where resumption is required. */
const ticketSeconds = 24 * 60 * 60

/** ALPACA: a client that offers protocols, none of them ours, gets `no_application_protocol` (RFC 7301, 3.2). */
const controlProtocols = ['ftp', 'x-filezilla-ftp']
const dataProtocols = ['ftp', 'ftp-data', 'x-filezilla-ftp']

/** One for each control connection: a ticket of any other one cannot be read here, so "resumed" means "from this one". */
export function sessionTls({ certificates, minimumVersion }: SessionTlsOptions): SessionTls {
  const ticketKeys = randomBytes(48)
  const sessionIdContext = randomBytes(16).toString('hex')
  const contextOf = ({ cert, key }: CertificatePair) =>
    tls.createSecureContext({
      cert,
      key,
      ciphers,
      honorCipherOrder: true,
      minVersion: minimumVersion,
      ticketKeys,
      sessionIdContext,
      sessionTimeout: ticketSeconds,
      secureOptions: noRenegotiation,
      // No client certificate is asked for; this spares each context the list of the world's authorities.
      ca: [],
    })
  let pair = certificates.choose(null)
  let context: tls.SecureContext | null = null
  const currentContext = () => (context ??= contextOf(pair))
  const choose = (serverName: string, tell: (error: Error | null, context?: tls.SecureContext) => void) => {
    const chosen = certificates.choose(serverName)
    if (chosen === pair) return tell(null)
    pair = chosen
    context = contextOf(chosen)
    tell(null, context)
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
  }
}

function server(stream: net.Socket | Duplex, options: tls.TLSSocketOptions): tls.TLSSocket {
  const secured = new tls.TLSSocket(stream, { isServer: true, ...options })
  secured.on('error', () => {})
  // Without a `tls.Server` above it, Node tells what goes wrong only by this event, and leaves the socket open.
  secured.on('_tlsError', (error: Error) => secured.destroy(error))
  return secured
}
