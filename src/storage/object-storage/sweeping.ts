import type { SweepOptions } from '../contract.ts'
import type { UploadAddress } from '../object-http/object-types.ts'
import type { ObjectStorageParts } from './parts.ts'
import { oldHidden, oldUploads } from './unfinished.ts'

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
  parts: ObjectStorageParts,
  keep: ReadonlySet<string>,
  { before, isDryRun }: Bounds,
): Promise<number> {
  const old: UploadAddress[] = []
  for await (const { key, uploadId, begun } of oldUploads(parts, keep, before)) {
    old.push({ key, uploadId })
    parts.logger.debug('an unfinished upload was found', { begun, isDryRun })
  }
  if (!isDryRun) for (const upload of old) await parts.client.abortMultipartUpload(upload)
  return old.length
}

async function sweepHidden(parts: ObjectStorageParts, { before, isDryRun }: Bounds): Promise<number> {
  let count = 0
  for await (const old of oldHidden(parts, before)) {
    count += old.length
    parts.logger.debug('forgotten hidden objects were found', { count: old.length, isDryRun })
    if (isDryRun) continue
    const [failed] = await parts.client.deleteObjects(old.map(({ key }) => key))
    if (failed !== undefined) throw failed.error
  }
  return count
}
