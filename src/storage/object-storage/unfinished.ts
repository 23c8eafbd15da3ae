import { isGatewayError } from '../../core/errors.ts'
import type { UnfinishedUpload } from '../contract.ts'
import type { ListedObject, UnfinishedUpload as StoresUpload, UploadMarker } from '../object-http/object-types.ts'
import type { ObjectStorageParts } from './parts.ts'

type Asked = Pick<ObjectStorageParts, 'client' | 'keys'>

/** Uploads under our prefix that were begun before, and that are not among those to keep: page by page. */
export async function* oldUploads(
  { client, keys }: Asked,
  keep: ReadonlySet<string>,
  before: Date,
): AsyncGenerator<StoresUpload, void> {
  let after: UploadMarker | null = null
  do {
    const page = await client.listMultipartUploads({ prefix: keys.prefix, after })
    for (const upload of page.uploads) {
      if (!keep.has(upload.uploadId) && upload.begun !== null && upload.begun < before) yield upload
    }
    after = page.next
  } while (after !== null)
}

/** What was hidden for a while and forgotten: long parts stand there while they are put together. In pages. */
export async function* oldHidden({ client, keys }: Asked, before: Date): AsyncGenerator<readonly ListedObject[], void> {
  let cursor: string | null = null
  do {
    const page = await client.listObjects({ prefix: keys.hiddenPrefix, cursor })
    const old = page.objects.filter(({ modified }) => modified !== null && modified < before)
    if (old.length > 0) yield old
    cursor = page.next
  } while (cursor !== null)
}

/** Both, one by one. Each upload costs a request: only its parts tell how long it is. */
export async function* unfinished(
  parts: Asked,
  keep: ReadonlySet<string>,
  before: Date,
): AsyncGenerator<UnfinishedUpload, void> {
  const named = (key: string) => key.slice(parts.keys.prefix.length)
  for await (const { key, uploadId: id, begun: begunAt } of oldUploads(parts, keep, before)) {
    yield { key: named(key), id, begunAt, bytes: await partBytes(parts, { key, uploadId: id }) }
  }
  for await (const page of oldHidden(parts, before)) {
    for (const { key, bytes, modified } of page) yield { key: named(key), id: null, begunAt: modified, bytes }
  }
}

/** Null when it has gone meanwhile. */
async function partBytes(
  { client }: Asked,
  upload: { readonly key: string; readonly uploadId: string },
): Promise<number | null> {
  try {
    let bytes = 0
    let after: number | null = 0
    while (after !== null) {
      const page: Awaited<ReturnType<typeof client.listParts>> = await client.listParts(upload, { after })
      for (const part of page.parts) bytes += part.bytes
      after = page.next
    }
    return bytes
  } catch (error) {
    if (isGatewayError(error, 'not-found')) return null
    throw error
  }
}
