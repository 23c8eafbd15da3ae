import type { ObjectKey } from '../../core/paths.ts'
import type { CallOptions } from '../contract.ts'
import type { ObjectFacts, ObjectSettings, Stored, UploadedPart } from '../object-http/object-types.ts'
import type { ObjectStorageParts } from './parts.ts'

/** What a copy has to know of its source. The last two only where it is made in parts, or given other metadata. */
export type CopiedFacts = Pick<ObjectFacts, 'etag' | 'bytes' | 'storageClass' | 'contentType' | 'metadata'>

export interface ObjectCopy extends CallOptions {
  readonly from: ObjectKey
  /** Of the source, as it was looked at: it must still be this one. */
  readonly facts: CopiedFacts
  readonly to: ObjectKey
  /** In place of the source's. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Copies inside the store: in one request, or in parts where that takes too long an object. Class, ACL and encryption are
 * said again: a copy inherits none of them.
 */
export async function copyObject(parts: ObjectStorageParts, copy: ObjectCopy): Promise<Stored> {
  const { client, keys, settingsFor } = parts
  const { facts, metadata, signal } = copy
  const { acl, tags } = settingsFor(copy.to)
  const given: ObjectSettings = {
    ...(acl !== undefined && { acl }),
    ...(facts.storageClass !== null && { storageClass: facts.storageClass }),
  }
  const whole: ObjectSettings = {
    ...given,
    ...(tags !== undefined && { tags }),
    ...(facts.contentType !== null && { contentType: facts.contentType }),
    metadata: metadata ?? facts.metadata,
  }
  if (facts.bytes > client.dialect.mostPutBytes) return await copyInParts(parts, copy, whole)
  const source = { key: keys.object(copy.from), ifMatch: facts.etag }
  return await client.copyObject(source, keys.object(copy.to), {
    ...(metadata === undefined ? given : { ...whole, replacesMetadata: true }),
    signal,
  })
}

/** Length of a copied part: large, since nothing of it passes through us. */
const partBytes = 1024 ** 3

async function copyInParts(
  { client, keys }: ObjectStorageParts,
  { from, facts, to, signal }: ObjectCopy,
  settings: ObjectSettings,
): Promise<Stored> {
  const call = { signal }
  const key = keys.object(to)
  const declaresChecksum = client.dialect.copiedPartChecksums
  const uploadId = await client.createMultipartUpload(key, { ...settings, declaresChecksum, ...call })
  try {
    const done: UploadedPart[] = []
    const length = Math.max(partBytes, Math.ceil(facts.bytes / client.dialect.parts.mostParts))
    for (let start = 0; start < facts.bytes; start += length) {
      const range = { start, end: Math.min(start + length, facts.bytes) }
      const source = { key: keys.object(from), ifMatch: facts.etag, range }
      done.push(await client.uploadPartCopy({ key, uploadId, number: done.length + 1 }, source, call))
    }
    return await client.completeMultipartUpload({ key, uploadId }, done, { declaresChecksum, ...call })
  } catch (error) {
    await client.abortMultipartUpload({ key, uploadId })
    throw error
  }
}
