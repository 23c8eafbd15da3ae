import type { SweepOptions } from '../contract.ts'
import type { UploadAddress, UploadMarker } from '../object-http/object-types.ts'
import type { ObjectStorageParts } from './parts.ts'

interface Bounds {
  readonly before: Date
  readonly isDryRun: boolean
}

/**
 * Ends uploads that somebody began under our prefix, long ago, and that no ticket leads to, and removes what was hidden for
 * a while and forgotten. Returns how many of both.
 */
export async function sweep(
  parts: ObjectStorageParts,
  keep: ReadonlySet<string>,
  { before = parts.clock.now(), isDryRun = false }: SweepOptions = {},
): Promise<number> {
  const bounds = { before, isDryRun }
  return (await sweepUploads(parts, keep, bounds)) + (await sweepHidden(parts, bounds))
}

async function sweepUploads(
  { client, keys, logger }: ObjectStorageParts,
  keep: ReadonlySet<string>,
  { before, isDryRun }: Bounds,
): Promise<number> {
  const old: UploadAddress[] = []
  let after: UploadMarker | null = null
  do {
    const page = await client.listMultipartUploads({ prefix: keys.prefix, after })
    for (const { key, uploadId, begun } of page.uploads) {
      if (keep.has(uploadId) || begun === null || begun >= before) continue
      old.push({ key, uploadId })
      logger.debug('an unfinished upload was found', { begun, isDryRun })
    }
    after = page.next
  } while (after !== null)
  if (!isDryRun) for (const upload of old) await client.abortMultipartUpload(upload)
  return old.length
}

/** Long parts stand there while they are put together. */
async function sweepHidden(
  { client, keys, logger }: ObjectStorageParts,
  { before, isDryRun }: Bounds,
): Promise<number> {
  let count = 0
  let cursor: string | null = null
  do {
    const page = await client.listObjects({ prefix: keys.hiddenPrefix, cursor })
    const old = page.objects.filter(({ modified }) => modified !== null && modified < before)
    count += old.length
    if (old.length > 0) logger.debug('forgotten hidden objects were found', { count: old.length, isDryRun })
    if (old.length > 0 && !isDryRun) {
      const [failed] = await client.deleteObjects(old.map(({ key }) => key))
      if (failed !== undefined) throw failed.error
    }
    cursor = page.next
  } while (cursor !== null)
  return count
}
