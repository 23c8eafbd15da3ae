import { createHash, createHmac } from 'node:crypto'
import { Refusal, strictEncode, type Incoming } from './protocol.ts'

export interface Secrets {
  readonly accessKey: string
  readonly secretKey: string
  /** When set, requests must bear it. */
  readonly token: string | null
}

const fifteenMinutes = 15 * 60_000
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
const hmac256 = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
const hmac1 = (key: string, text: string) => createHmac('sha1', key).update(text).digest('hex')

/** Checks an AWS Signature Version 4 as strictly as S3 does. @throws Refusal. */
export function checkV4(request: Incoming, secrets: Secrets, now: Date): void {
  const { headers, query } = request
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers['authorization'] ?? '',
    )
  if (match === null) throw new Refusal(403, 'AccessDenied', 'No signature.')
  const [, accessKey = '', day = '', region = '', signedText = '', signature = ''] = match
  checkIdentity(accessKey, headers['x-amz-security-token'], secrets)
  const time = headers['x-amz-date'] ?? ''
  checkTime(time, day, now)
  const signed = signedText.split(';')
  checkSigned(request, signed)
  const payload = headers['x-amz-content-sha256'] ?? ''
  const canonicalQuery = [...query]
    .map(([name, value]) => `${strictEncode(name)}=${strictEncode(value)}`)
    .toSorted()
    .join('&')
  const canonical = [
    request.method,
    request.rawPath,
    canonicalQuery,
    ...signed.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedText,
    payload,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const key = ['s3', 'aws4_request'].reduce(hmac256, hmac256(hmac256(`AWS4${secrets.secretKey}`, day), region))
  const expected = hmac256(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex')
  if (expected !== signature) throw new Refusal(403, 'SignatureDoesNotMatch', canonical)
}

function checkTime(time: string, day: string, now: Date): void {
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(at) || !time.startsWith(day)) throw new Refusal(403, 'AccessDenied', 'No date.')
  if (Math.abs(at - now.getTime()) > fifteenMinutes) throw new Refusal(403, 'RequestTimeTooSkewed', 'Skewed.')
}

/** What must be signed is, and the body is the one that was. */
function checkSigned({ headers, body }: Incoming, signed: readonly string[]): void {
  const own = Object.keys(headers).filter((name) => name.startsWith('x-amz-'))
  for (const name of ['host', 'x-amz-content-sha256', ...own]) {
    if (!signed.includes(name)) throw new Refusal(403, 'AccessDenied', `${name} is not signed.`)
  }
  const payload = headers['x-amz-content-sha256'] ?? ''
  if (payload.startsWith('STREAMING-')) throw new Refusal(501, 'NotImplemented', 'No chunked signatures here.')
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body)) {
    throw new Refusal(400, 'XAmzContentSHA256Mismatch', 'The body is another one.')
  }
}

/** What a bucket in strict mode demands to be signed, beside the host, all x-cos- headers and all parameters. */
const strictlySigned = ['content-length', 'content-type', 'content-md5', 'range']

/** Checks Tencent COS's own signature; `strict`: everything that matters has to be signed. @throws Refusal. */
export function checkCos(request: Incoming, secrets: Secrets, { now, strict }: { now: Date; strict: boolean }): void {
  const fields = new URLSearchParams((request.headers['authorization'] ?? '').replaceAll('+', '%2B'))
  const field = (name: string) => fields.get(name) ?? ''
  if (field('q-sign-algorithm') !== 'sha1') throw new Refusal(403, 'AccessDenied', 'No signature.')
  checkIdentity(field('q-ak'), request.headers['x-cos-security-token'], secrets)
  const [start = 0, end = 0] = field('q-sign-time').split(';').map(Number)
  const seconds = now.getTime() / 1000
  if (seconds > end) throw new Refusal(403, 'AccessDenied', 'Request has expired')
  if (seconds < start || end - start > 30 * 86_400) throw new Refusal(403, 'RequestTimeTooSkewed', 'Skewed.')
  const names = (list: string) => list.split(';').filter((name) => name !== '')
  const headerNames = names(field('q-header-list'))
  const queryNames = names(field('q-url-param-list'))
  if (strict) refuseUnsigned(request, headerNames, queryNames)
  const pairs = (list: readonly string[], value: (name: string) => string) =>
    list.map((name) => `${name}=${strictEncode(value(decodeURIComponent(name)))}`).join('&')
  const lowerQuery = new Map([...request.query].map(([name, value]) => [name.toLowerCase(), value]))
  const text = [
    request.method.toLowerCase(),
    decodeURIComponent(request.rawPath),
    pairs(queryNames, (name) => lowerQuery.get(name) ?? ''),
    pairs(headerNames, (name) => request.headers[name] ?? ''),
    '',
  ].join('\n')
  const digest = createHash('sha1').update(text).digest('hex')
  const key = hmac1(secrets.secretKey, field('q-key-time'))
  const expected = hmac1(key, ['sha1', field('q-sign-time'), digest, ''].join('\n'))
  if (expected !== field('q-signature')) throw new Refusal(403, 'SignatureDoesNotMatch', text)
}

function refuseUnsigned(request: Incoming, headerNames: readonly string[], queryNames: readonly string[]): void {
  const needed = Object.keys(request.headers).filter(
    (name) => name === 'host' || name.startsWith('x-cos-') || strictlySigned.includes(name),
  )
  for (const name of needed) {
    if (!headerNames.includes(name)) throw new Refusal(403, 'AccessDenied', `${name} is not signed.`)
  }
  for (const name of request.query.keys()) {
    const isSigned = queryNames.includes(strictEncode(name).toLowerCase())
    if (!isSigned) throw new Refusal(403, 'AccessDenied', `${name} is not signed.`)
  }
}

function checkIdentity(accessKey: string, token: string | undefined, secrets: Secrets): void {
  if (accessKey !== secrets.accessKey) throw new Refusal(403, 'InvalidAccessKeyId')
  if (secrets.token !== null && token !== secrets.token) throw new Refusal(400, 'ExpiredToken')
}
