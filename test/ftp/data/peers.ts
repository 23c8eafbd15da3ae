import { once } from 'node:events'
import net from 'node:net'
import { Duplex } from 'node:stream'
import tls from 'node:tls'
import { certificateSet, type CertificateSet } from '../../../src/ftp/data/certificates.ts'
import type { DataChannel } from '../../../src/ftp/data/data-channel.ts'
import { openPassive, type PassiveOptions } from '../../../src/ftp/data/passive.ts'
import { portPool } from '../../../src/ftp/data/port-pool.ts'
import { selfSigned } from '../../../src/ftp/data/self-signed.ts'
import { sessionTls, type SessionTls, type SessionTlsOptions } from '../../../src/ftp/data/session-tls.ts'
import { tlsContexts } from '../../../src/ftp/data/tls-contexts.ts'

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'
export const tlsVersions: readonly TlsVersion[] = ['TLSv1.2', 'TLSv1.3']

export const here = '127.0.0.1'
export const elsewhere = '127.0.0.2'

export const certificate = selfSigned({ names: ['localhost', here], now: new Date() })

export function certificates(): CertificateSet {
  return certificateSet([{ names: [], cert: certificate.cert, key: certificate.key }])
}

export function session(options: Partial<SessionTlsOptions> = {}): SessionTls {
  return sessionTls({ certificates: certificates(), contexts: tlsContexts({ minimumVersion: 'TLSv1.2' }), ...options })
}

export const timeouts = {
  acceptMilliseconds: 5000,
  idleMilliseconds: 5000,
  handshakeMilliseconds: 5000,
  stallMilliseconds: 5000,
  closeMilliseconds: 1000,
}

export const now = () => performance.now()

/** A passive agreement on loopback, with long times and no TLS unless told otherwise. */
export function passive(options: Partial<PassiveOptions> = {}) {
  const ports = portPool({ first: 0, last: 0, random: Math.random, now })
  return openPassive({
    ports,
    localAddress: here,
    peerAddress: here,
    secure: null,
    reuse: 'ignore',
    timeouts,
    ...options,
  })
}

export const never = new AbortController().signal

export function connect(port: number | null, options: Partial<net.TcpNetConnectOpts> = {}): net.Socket {
  const client = net.connect({ host: here, port: port ?? 0, allowHalfOpen: true, noDelay: true, ...options })
  client.on('error', () => {})
  return client
}

/** All that comes, copied, since chunks are lent. */
export async function readAll(channel: DataChannel): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of channel.receive()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

export async function readSocket(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume()
  if (!socket.readableEnded && !socket.destroyed) await Promise.race([once(socket, 'end'), once(socket, 'close')])
  return Buffer.concat(chunks)
}

/** Waits until the other side has ended, in whatever way, and closes this one. */
export async function closed(socket: net.Socket): Promise<void> {
  const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  socket.resume()
  if (!socket.readableEnded && !socket.closed) await ended
  socket.destroy()
}

/** A TLS client whose ciphertext goes where the test says. */
export interface CuttableClient {
  readonly secured: tls.TLSSocket
  readonly raw: net.Socket
  /** Leaves everything unread from now on. */
  stopReading(): void
  /** Keeps what TLS writes from now on, instead of sending it. */
  keep(): void
  /** What was kept. */
  kept(): Buffer
  /** Sends these bytes as they are, and waits until the system has them. */
  sendRaw(bytes: Uint8Array): Promise<void>
}

/** Connects, shakes hands, and stands ready to be cut off anywhere. */
export async function cuttableClient(port: number | null, options: tls.ConnectionOptions): Promise<CuttableClient> {
  // Only a socket with a buffer of its own stops reading at once when it is paused.
  const onread = {
    buffer: Buffer.alloc(64 * 1024),
    callback: (bytes: number, buffer: Uint8Array) => wire.push(Buffer.from(buffer.subarray(0, bytes))) || true,
  }
  const raw = connect(port, { onread })
  let kept: Buffer[] | null = null
  let isReading = true
  const wire = new Duplex({
    allowHalfOpen: true,
    read: () => void (isReading && raw.resume()),
    write(chunk: Buffer, _encoding, done) {
      if (kept === null) raw.write(chunk, () => done())
      else {
        kept.push(Buffer.from(chunk))
        done()
      }
    },
    final: (done) => done(),
  })
  raw.on('end', () => wire.push(null))
  const secured = tls.connect({ socket: wire, rejectUnauthorized: false, ...options })
  secured.on('error', () => {})
  await once(secured, 'secureConnect')
  return {
    secured,
    raw,
    stopReading() {
      isReading = false
      raw.pause()
    },
    keep() {
      kept = []
    },
    kept: () => Buffer.concat(kept ?? []),
    sendRaw: (bytes) => new Promise((resolve) => void raw.write(bytes, () => resolve())),
  }
}
