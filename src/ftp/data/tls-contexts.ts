import { randomBytes } from 'node:crypto'
import tls from 'node:tls'
import type { CertificatePair } from './certificates.ts'

/** What tickets are written and read with. */
export type TicketKeys = Buffer

export function newTicketKeys(): TicketKeys {
  return randomBytes(keyBytes)
}

/** TLS contexts. Making one costs a fifth of a whole login, so those given back are used again, under other keys. */
export interface TlsContexts {
  /** A context that nobody else uses. */
  take(pair: CertificatePair, keys: TicketKeys): tls.SecureContext
  /** It forgets its keys at once, and may be used for no other handshake. */
  giveBack(pair: CertificatePair, context: tls.SecureContext): void
}

export interface TlsContextsOptions {
  readonly minimumVersion: 'TLSv1.2' | 'TLSv1.3'
}

/** Kept without use, of each certificate; about 40 KiB each. */
const mostIdle = 32

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

const keyBytes = 48

/** The same for all: it is the keys that tell whose a ticket is. OpenSSL wants one where sessions are resumed. */
const sessionIdContext = 'sluice'

export function tlsContexts({ minimumVersion }: TlsContextsOptions): TlsContexts {
  // Pairs that were replaced take their contexts with them.
  const idle = new WeakMap<CertificatePair, tls.SecureContext[]>()
  return {
    take(pair, keys) {
      const context = idle.get(pair)?.pop()
      return context !== undefined && rekeyed(context, keys) ? context : contextOf(pair, { keys, minimumVersion })
    },
    giveBack(pair, context) {
      const kept = idle.get(pair) ?? []
      idle.set(pair, kept)
      if (rekeyed(context, newTicketKeys()) && kept.length < mostIdle) kept.push(context)
    },
  }
}

interface NewContext extends TlsContextsOptions {
  readonly keys: TicketKeys
}

function contextOf({ cert, key }: CertificatePair, { keys, minimumVersion }: NewContext): tls.SecureContext {
  return tls.createSecureContext({
    cert,
    key,
    ciphers,
    honorCipherOrder: true,
    minVersion: minimumVersion,
    ticketKeys: keys,
    sessionIdContext,
    sessionTimeout: ticketSeconds,
    secureOptions: noRenegotiation,
    // No client certificate is asked for; this spares each context the list of the world's authorities.
    ca: [],
  })
}

interface NativeContext {
  setTicketKeys?(keys: TicketKeys): void
  getTicketKeys?(): Uint8Array
}

/**
 * What `setTicketKeys` of Node's own TLS server does to its context. False where this Node has it no more: such a context is
 * not used again.
 */
function rekeyed({ context }: tls.SecureContext, keys: TicketKeys): boolean {
  const native = context as NativeContext
  native.setTicketKeys?.(keys)
  return native.getTicketKeys !== undefined && keys.equals(native.getTicketKeys())
}
