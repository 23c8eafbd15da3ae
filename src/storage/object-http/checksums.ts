import type { ChecksumKind } from '../../core/checksum/kinds.ts'
import { polynomials } from '../../core/checksum/kinds.ts'
import { notUnderstood } from './errors.ts'

type Headers = Readonly<Record<string, string | undefined>>

/** How stores name the kinds: in headers, in XML, and as an algorithm. COS tells its own, and is told none. */
const names: Readonly<Record<ChecksumKind, { readonly header: string; readonly xml: string; readonly word: string }>> =
  {
    crc32: { header: 'x-amz-checksum-crc32', xml: 'ChecksumCRC32', word: 'CRC32' },
    crc32c: { header: 'x-amz-checksum-crc32c', xml: 'ChecksumCRC32C', word: 'CRC32C' },
    crc64nvme: { header: 'x-amz-checksum-crc64nvme', xml: 'ChecksumCRC64NVME', word: 'CRC64NVME' },
    crc64xz: { header: 'x-cos-hash-crc64ecma', xml: 'HashCrc64ecma', word: '' },
  }

/** What we have computed over a body, for the store to compare. */
export interface BodyChecks {
  readonly checksum?: bigint | null
  /** 16 bytes. */
  readonly md5?: Uint8Array | null
}

/** The headers by which the store refuses a body that is not ours. */
export function checkHeaders(kind: ChecksumKind | null, { checksum, md5 }: BodyChecks): Record<string, string> {
  const isSent = kind !== null && kind !== 'crc64xz' && checksum !== undefined && checksum !== null
  return {
    ...(isSent && { [names[kind].header]: toBase64(kind, checksum) }),
    ...(md5 && { 'content-md5': Buffer.from(md5).toString('base64') }),
  }
}

/** The headers that say at the beginning of a multipart upload what the whole object will be checked by. */
export function algorithmHeaders(kind: ChecksumKind | null): Record<string, string> {
  if (kind === null || kind === 'crc64xz') return {}
  return { 'x-amz-checksum-algorithm': names[kind].word, 'x-amz-checksum-type': 'FULL_OBJECT' }
}

/** The element of a part in the list that completes an upload: its name and value. */
export function checksumElement(kind: ChecksumKind | null, value: bigint | null): readonly [string, string] | null {
  return kind === null || kind === 'crc64xz' || value === null ? null : [names[kind].xml, toBase64(kind, value)]
}

/** What an answer's headers say of the whole content; null: nothing. A checksum of the parts' checksums is none. */
export function checksumIn(kind: ChecksumKind | null, headers: Headers): bigint | null {
  if (kind === null || headers['x-amz-checksum-type'] === 'COMPOSITE') return null
  return read(kind, headers[names[kind].header] ?? '')
}

/** The same of an XML answer. */
export function checksumInXml(kind: ChecksumKind | null, text: (name: string) => string): bigint | null {
  if (kind === null || text('ChecksumType') === 'COMPOSITE') return null
  return read(kind, text(names[kind].xml))
}

function read(kind: ChecksumKind, value: string): bigint | null {
  // "…-3" is a checksum over the checksums of three parts.
  if (value === '' || value.includes('-')) return null
  if (kind === 'crc64xz') {
    if (!/^\d{1,20}$/.test(value) || BigInt(value) >= 2n ** 64n) throw notUnderstood('The CRC64 is no number.')
    return BigInt(value)
  }
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length * 8 !== polynomials[kind].bits) throw notUnderstood('The checksum has the wrong length.')
  return BigInt(`0x${bytes.toString('hex')}`)
}

function toBase64(kind: ChecksumKind, value: bigint): string {
  return Buffer.from(value.toString(16).padStart(polynomials[kind].bits / 4, '0'), 'hex').toString('base64')
}
