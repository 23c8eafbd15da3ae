import { checksumIn } from './checksums.ts'
import type { Dialect } from './dialects.ts'
import { notUnderstood } from './errors.ts'
import type { ObjectFacts, Stored } from './object-types.ts'
import { requestIdOf } from './requests/error-of-response.ts'

type Headers = Readonly<Record<string, string | undefined>>

/** What an answer that made or changed content says of it. */
export function storedOf(dialect: Dialect, headers: Headers): Stored {
  return {
    etag: bareEtag(headers['etag'] ?? ''),
    versionId: headers[`${dialect.headerPrefix}version-id`] ?? null,
    checksum: checksumIn(dialect.checksum, headers),
    date: dateOf(headers['date']),
    requestId: requestIdOf(headers),
  }
}

/** What the head of HEAD or GET says of the whole object. @throws StoreError 'NotUnderstood' without a length. */
export function factsOf(dialect: Dialect, headers: Headers): ObjectFacts {
  const { headerPrefix } = dialect
  return {
    ...storedOf(dialect, headers),
    bytes: wholeBytes(headers),
    modified: dateOf(headers['last-modified']),
    contentType: headers['content-type'] ?? null,
    metadata: metadataOf(`${headerPrefix}meta-`, headers),
    storageClass: headers[`${headerPrefix}storage-class`] ?? null,
    encryption: encryptionIn(headerPrefix, headers),
    restore: headers[`${headerPrefix}restore`] ?? null,
  }
}

/** Without quotes, and without the mark of a weak one: proxies that compress add it. */
export function bareEtag(etag: string): string {
  return etag.replace(/^(W\/)?"?/, '').replace(/"$/, '')
}

export function dateOf(text: string | undefined): Date | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : new Date(at)
}

/** `bytes 5-9/20`, or the length itself. RFC 9110 §14.4. */
function wholeBytes(headers: Headers): number {
  const range = headers['content-range']
  const text = range === undefined ? headers['content-length'] : /^bytes \d+-\d+\/(\d+)$/.exec(range)?.[1]
  return countOf(text ?? '')
}

/** A length in an answer. @throws StoreError 'NotUnderstood' for anything but digits that are a safe integer. */
export function countOf(text: string): number {
  const count = Number(text)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(count)) throw notUnderstood('The answer names no length.')
  return count
}

function encryptionIn(prefix: string, headers: Headers): string | null {
  const name = `${prefix}server-side-encryption`
  return headers[`${name}-customer-algorithm`] === undefined ? (headers[name] ?? null) : 'customer'
}

function metadataOf(prefix: string, headers: Headers): Readonly<Record<string, string>> {
  const metadata: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && name.startsWith(prefix)) metadata[name.slice(prefix.length)] = value
  }
  return metadata
}
