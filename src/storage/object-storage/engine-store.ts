import { createHash } from 'node:crypto'
import type { ContentProof } from '../../core/content-proof.ts'
import type { ObjectKey } from '../../core/paths.ts'
import { checksumProof } from '../multipart/proof.ts'
import type { ObjectClient } from '../object-http/object-client.ts'
import type { ObjectFacts as HttpFacts, ObjectSettings, Stored } from '../object-http/object-types.ts'
import type {
  Body,
  CompleteOptions,
  ObjectHead,
  ObjectStore,
  SendOptions,
  StoredObject,
  StoredPart,
  UploadAddress,
} from '../multipart/object-store.ts'
import type { BucketKeys } from './bucket-keys.ts'
import { metadataOf, tokenIn, type KeptFacts } from './object-metadata.ts'
import { refusal } from '../refusal.ts'

export interface EngineStoreOptions {
  readonly client: ObjectClient
  readonly keys: BucketKeys
  /** What new objects of this name are given, but metadata. */
  readonly settingsFor: (key: ObjectKey) => ObjectSettings
}

/** The client, as the upload engine wants it. */
export function engineStore({ client, keys, settingsFor }: EngineStoreOptions): ObjectStore {
  const { dialect } = client
  const at = ({ key, uploadId }: UploadAddress) => ({ key: keys.object(key), uploadId: storesId(uploadId) })
  /** Hashes are left out where the store would not take so much. */
  const given = (key: ObjectKey, facts: KeptFacts): ObjectSettings => {
    const settings = settingsFor(key)
    const metadata = { ...settings.metadata, ...metadataOf(facts) }
    if (bytesOf(metadata) <= dialect.mostMetadataBytes) return { ...settings, metadata }
    return { ...settings, metadata: { ...settings.metadata, ...metadataOf({ ...facts, proof: null }) } }
  }

  const proofOfBody = ({ checksum, md5 }: SendOptions): ContentProof | null => {
    if (dialect.checksum !== null && checksum !== null) return checksumProof(dialect.checksum, checksum)
    return md5 === null ? null : { name: 'MD5', hex: hexOf(md5) }
  }

  /** Stores that cannot promise to replace nothing are asked just before: the best that can be had there. */
  async function condition(key: ObjectKey, { ifAbsent }: { readonly ifAbsent: boolean }): Promise<boolean> {
    if (!ifAbsent || dialect.ifAbsent !== null) return ifAbsent
    if ((await client.headObject(keys.object(key))) === null) return false
    throw refusal('already-exists')
  }

  return {
    rules: {
      minPartBytes: dialect.parts.leastBytes,
      maxPartBytes: dialect.parts.mostBytes,
      maxParts: dialect.parts.mostParts,
      maxObjectBytes: dialect.mostObjectBytes,
      maxWholeBytes: dialect.mostPutBytes,
      wantsEqualParts: dialect.parts.equal,
      checksum: dialect.checksum,
      wantsMd5: dialect.checksum === null,
      listsChecksums: dialect.checksum !== null && dialect.checksum !== 'crc64xz',
    },
    async putWhole(key, body, options) {
      const { checksum, md5, signal } = options
      const ifAbsent = await condition(key, options)
      const checks = { ifAbsent, checksum, signal }
      // A store that only tells its checksum afterwards would have replaced the old object by then.
      const told = md5 ?? (dialect.checksum === 'crc64xz' ? md5Of(body) : null)
      const hashes = { ...options.hashes, ...(told && { MD5: hexOf(told) }) }
      const settings = given(key, { ...options, hashes, proof: proofOfBody(options) })
      return stored(await client.putObject(keys.object(key), body, { ...settings, ...checks, md5: told }))
    },
    async begin(key, options) {
      const { hasCopies, signal } = options
      const declaresChecksum = !hasCopies || dialect.copiedPartChecksums
      const uploadId = await client.createMultipartUpload(keys.object(key), {
        ...given(key, options),
        declaresChecksum,
        signal,
      })
      return declaresChecksum ? uploadId : uncheckedMark + uploadId
    },
    async putPart(part, body: Body, { bytes, checksum, md5, signal }: SendOptions): Promise<StoredPart> {
      const checks = isUnchecked(part) ? { checksum: null, md5: md5 ?? md5Of(body) } : { checksum, md5 }
      const options = { ...checks, signal }
      return { ...(await client.uploadPart({ ...at(part), number: part.number }, body, options)), bytes }
    },
    async copyPart(part, { key, ifVersion, start, end }, options) {
      const source = { key: keys.object(key), ifMatch: ifVersion, range: { start, end } }
      const copied = await client.uploadPartCopy({ ...at(part), number: part.number }, source, options)
      return { ...copied, bytes: end - start }
    },
    async complete(upload, parts, { bytes, checksum, signal, ...conditions }: CompleteOptions) {
      const ifAbsent = await condition(upload.key, conditions)
      const declaresChecksum = !isUnchecked(upload)
      const options = { ifAbsent, bytes, checksum, declaresChecksum, signal }
      return stored(await client.completeMultipartUpload(at(upload), parts, options))
    },
    async abort(upload, options) {
      await client.abortMultipartUpload(at(upload), options)
    },
    listParts: (upload, options) => allParts(client, at(upload), options),
    async head(key, options) {
      const facts = await client.headObject(keys.object(key), options)
      return facts === null ? null : headOf(facts)
    },
    async *read({ key, ifVersion, start, end }, options) {
      const open = await client.getObject(keys.object(key), { ...options, start, end, ifMatch: ifVersion })
      try {
        yield* open.body
      } finally {
        open.close()
      }
    },
    async remove(key, { ifVersion, versionId, signal }) {
      await client.deleteObject(keys.object(key), { versionId, ifMatch: ifVersion, signal })
    },
  }
}

/**
 * In front of the ids of uploads that the store was not told how to check, because of its copied parts. It stands in the
 * ticket with the id, so that it is known after a restart, too.
 */
const uncheckedMark = 'unchecked:'

function isUnchecked({ uploadId }: Pick<UploadAddress, 'uploadId'>): boolean {
  return uploadId.startsWith(uncheckedMark)
}

/** The id as the store knows it. */
export function storesId(uploadId: string): string {
  return isUnchecked({ uploadId }) ? uploadId.slice(uncheckedMark.length) : uploadId
}

function bytesOf(metadata: Readonly<Record<string, string>>): number {
  return Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
}

function hexOf(md5: Uint8Array): string {
  return Buffer.from(md5).toString('hex')
}

function md5Of(body: Body): Uint8Array {
  const hash = createHash('md5')
  for (const piece of body) hash.update(piece)
  return hash.digest()
}

async function allParts(
  client: ObjectClient,
  upload: { readonly key: string; readonly uploadId: string },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly StoredPart[] | null> {
  const parts: StoredPart[] = []
  let after = 0
  for (;;) {
    const page = await client.listParts(upload, { ...options, after }).catch(nullWhenGone)
    if (page === null) return null
    parts.push(...page.parts)
    if (page.next === null) return parts
    after = page.next
  }
}

function nullWhenGone(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'not-found') return null
  throw error
}

function stored({ etag, versionId, checksum, date }: Stored): StoredObject {
  return { version: etag, versionId, checksum, modified: date }
}

function headOf(facts: HttpFacts): ObjectHead {
  const { etag, versionId, checksum, modified, bytes, metadata } = facts
  return { version: etag, versionId, checksum, modified, bytes, token: tokenIn(metadata) }
}
