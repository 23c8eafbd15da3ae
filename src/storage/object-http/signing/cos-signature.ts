import { createHash, createHmac } from 'node:crypto'
import type { Signer } from './signer.ts'
import { byName, encodeComponent } from './uri-encoding.ts'

/** What buckets in strict signature mode may ask for, and what would harm if changed on the way. */
const signedHeaders = new Set([
  'host',
  'date',
  'content-length',
  'content-type',
  'content-md5',
  'content-disposition',
  'content-encoding',
  'cache-control',
  'expires',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
])

/** Tencent COS's own signature, HMAC-SHA1 over method, path, all query parameters and the headers that matter. */
export function cosSigner({ validSeconds = 900 }: { readonly validSeconds?: number } = {}): Signer {
  return (request, credentials, now) => {
    const headers = {
      ...request.headers,
      ...(credentials.token !== null && { 'x-cos-security-token': credentials.token }),
    }
    // The store's clock may be a little behind: a signature from the future is refused.
    const start = Math.floor(now.getTime() / 1000) - 60
    const time = `${start};${start + 60 + validSeconds}`
    const query = pairs(Object.entries(request.query))
    const signed = pairs(Object.entries(headers).filter(([name]) => isSigned(name.toLowerCase())))
    // The one place where the path is not the encoded one.
    const path = decodeURIComponent(request.path)
    const text = [request.method.toLowerCase(), path, query.text, signed.text, ''].join('\n')
    const digest = createHash('sha1').update(text).digest('hex')
    const signature = hmac(hmac(credentials.secretKey, time), ['sha1', time, digest, ''].join('\n'))
    const authorization = [
      'q-sign-algorithm=sha1',
      `q-ak=${credentials.accessKey}`,
      `q-sign-time=${time}`,
      `q-key-time=${time}`,
      `q-header-list=${signed.names}`,
      `q-url-param-list=${query.names}`,
      `q-signature=${signature}`,
    ].join('&')
    return { ...headers, authorization }
  }
}

function isSigned(name: string): boolean {
  return signedHeaders.has(name) || name.startsWith('x-cos-')
}

function pairs(entries: readonly (readonly [string, string])[]): { readonly text: string; readonly names: string } {
  const encoded = entries
    .map(([name, value]): [string, string] => [encodeComponent(name).toLowerCase(), encodeComponent(value)])
    .toSorted(byName)
  return {
    text: encoded.map(([name, value]) => `${name}=${value}`).join('&'),
    names: encoded.map(([name]) => name).join(';'),
  }
}

function hmac(key: string, text: string): string {
  return createHmac('sha1', key).update(text).digest('hex')
}
