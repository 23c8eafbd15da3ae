import { createHmac, hash } from 'node:crypto'
import type { Credentials, Signer, UnsignedRequest } from './signer.ts'
import { byName, encodeQuery } from './uri-encoding.ts'

const algorithm = 'AWS4-HMAC-SHA256'
/** The body is covered by TLS and by checksums of its own: hashing it again would cost as much as sending it. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'
/** SHA-256 of no bytes. */
export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Proxies and Node itself may change these on the way. */
const neverSigned = new Set([
  'connection',
  'expect',
  'user-agent',
  'accept-encoding',
  'transfer-encoding',
  'authorization',
])

interface Scope {
  readonly region: string
  readonly service: string
}

/** AWS Signature Version 4 in the Authorization header. The path is not encoded a second time, as S3 wants it. */
export function sigV4Signer({
  region,
  service = 's3',
}: {
  readonly region: string
  readonly service?: string
}): Signer {
  const keys = signingKeys({ region, service })
  return (request, credentials, now) => {
    const time = amzTime(now)
    const payload = request.bodyHash ?? unsignedPayload
    const headers = {
      ...request.headers,
      'x-amz-date': time,
      'x-amz-content-sha256': payload,
      ...(credentials.token !== null && { 'x-amz-security-token': credentials.token }),
    }
    const { canonical, signed } = canonicalHeaders(headers)
    const text = [request.method, request.path, encodeQuery(request.query), canonical, signed, payload].join('\n')
    const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
    const signature = sign(keys(credentials, time.slice(0, 8)), [algorithm, time, scope, sha256(text)].join('\n'))
    const proof = `Credential=${credentials.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
    return { ...headers, authorization: `${algorithm} ${proof}` }
  }
}

export interface PresignOptions extends Scope {
  readonly credentials: Credentials
  readonly now: Date
  /** How long it is valid: 1 to 604,800. */
  readonly seconds: number
}

/** The query that lets anyone make this request for a while. The body is not signed; of the headers, those given are. */
export function presignedQuery(request: Omit<UnsignedRequest, 'bodyHash'>, options: PresignOptions): string {
  const { credentials, region, service } = options
  const time = amzTime(options.now)
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`
  const { canonical, signed } = canonicalHeaders(request.headers)
  const query = encodeQuery({
    ...request.query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${credentials.accessKey}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(options.seconds),
    'X-Amz-SignedHeaders': signed,
    ...(credentials.token !== null && { 'X-Amz-Security-Token': credentials.token }),
  })
  const text = [request.method, request.path, query, canonical, signed, unsignedPayload].join('\n')
  const key = signingKeys(options)(credentials, time.slice(0, 8))
  return `${query}&X-Amz-Signature=${sign(key, [algorithm, time, scope, sha256(text)].join('\n'))}`
}

function canonicalHeaders(headers: Readonly<Record<string, string>>): { canonical: string; signed: string } {
  const entries = Object.entries(headers)
    .map(([name, value]): [string, string] => [name.toLowerCase(), value.trim().replace(/ {2,}/g, ' ')])
    .filter(([name]) => !neverSigned.has(name))
    .toSorted(byName)
  return {
    canonical: entries.map(([name, value]) => `${name}:${value}\n`).join(''),
    signed: entries.map(([name]) => name).join(';'),
  }
}

/** The key changes once a day: the four rounds are made once, not per request. */
function signingKeys({ region, service }: Scope): (credentials: Credentials, day: string) => Buffer {
  let made: { readonly secretKey: string; readonly day: string; readonly key: Buffer } | null = null
  return ({ secretKey }, day) => {
    if (made?.day !== day || made.secretKey !== secretKey) {
      const dayKey = hmac(`AWS4${secretKey}`, day)
      made = { secretKey, day, key: hmac(hmac(hmac(dayKey, region), service), 'aws4_request') }
    }
    return made.key
  }
}

/** 20260102T030405Z. */
function amzTime(now: Date): string {
  return `${now.toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`
}

function sha256(text: string): string {
  return hash('sha256', text)
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}
