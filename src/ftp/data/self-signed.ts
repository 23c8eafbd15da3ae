import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import net from 'node:net'

export interface SelfSignedOptions {
  /** What the certificate is for: names and addresses. The first is its common name. */
  readonly names: readonly string[]
  /** It is valid from a day before, for ten years. */
  readonly now: Date
}

export interface SelfSigned {
  /** PEM. */
  readonly cert: string
  /** PEM, PKCS #8. */
  readonly key: string
  /** SHA-256 of the certificate, as clients show it: `AB:CD:…`. */
  readonly fingerprint: string
}

const dayMilliseconds = 24 * 60 * 60 * 1000

/** Makes an EC P-256 certificate that vouches for itself, so that TLS works before anybody has got a better one. */
export function selfSigned({ names, now }: SelfSignedOptions): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const until = new Date(now)
  until.setUTCFullYear(until.getUTCFullYear() + 10)
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(names[0] ?? 'localhost')))))
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40 // positive, and in its shortest form
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(now.getTime() - dayMilliseconds)), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(names))),
  )
  const signature = sign('sha256', body, privateKey)
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.of(0), signature))
  return {
    cert: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    fingerprint: createHash('sha256')
      .update(certificate)
      .digest('hex')
      .toUpperCase()
      .replace(/..(?=.)/g, '$&:'),
  }
}

/** RFC 5280, 4.2.1: its own authority, for TLS servers, with these names. */
function extensions(names: readonly string[]): Buffer[] {
  const extension = (id: string, value: Buffer, ...critical: readonly Buffer[]) =>
    sequence(oid(id), ...critical, der(0x04, value))
  const yes = der(0x01, Buffer.of(0xff))
  return [
    extension('551d13', sequence(yes), yes),
    extension('551d25', sequence(oid('2b06010505070301'))),
    extension('551d11', sequence(...names.map(alternativeName))),
  ]
}

function alternativeName(name: string): Buffer {
  return net.isIP(name) === 0 ? der(0x82, Buffer.from(name)) : der(0x87, addressBytes(name))
}

function addressBytes(address: string): Buffer {
  if (net.isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [, host = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? []
  const [head = '', tail] = host.split('::')
  const groups = (text = '') => text.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

/** RFC 5280, 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050. */
function time(at: Date): Buffer {
  const digits = at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
  return at.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts)
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
