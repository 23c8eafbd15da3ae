import type { ContentProof } from '../../core/content-proof.ts'
import type { Dialect } from '../object-http/dialects.ts'
import type { ObjectFacts } from '../object-http/object-types.ts'
import { checksumProof } from '../multipart/proof.ts'
import { hashesIn, provesContent } from './object-metadata.ts'

type Told = Pick<ObjectFacts, 'etag' | 'checksum' | 'metadata' | 'encryption'>

/** All hashes of the present content that are known without reading it, lower-case hex by name. */
export function knownHashes(dialect: Dialect, facts: Told): Readonly<Record<string, string>> {
  const { checksum, etag, metadata } = facts
  const own = dialect.checksum === null || checksum === null ? null : checksumProof(dialect.checksum, checksum)
  const md5: ContentProof | null = /^[0-9a-f]{32}$/.test(etag) ? { name: 'MD5', hex: etag } : null
  const told = [own, md5].filter((proof) => proof !== null)
  const kept = hashesIn(metadata, told)
  // An ETag that equals the MD5 we sent is one, in whatever store.
  const isMd5 = md5 !== null && (hasMd5Etag(dialect, facts) || provesContent(metadata, md5))
  return { ...kept, ...(own && { [own.name]: own.hex }), ...(isMd5 && { MD5: md5.hex }) }
}

/** Whether the ETag of an object stored in one piece is the MD5 of its content: not where it is encrypted with one's own key. */
function hasMd5Etag({ md5Etags }: Dialect, { encryption }: Told): boolean {
  return md5Etags && (encryption === null || encryption === 'AES256')
}
