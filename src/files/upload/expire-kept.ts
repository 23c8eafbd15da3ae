import type { Logger } from '../../core/logger.ts'
import type { StagedUploadRecord, StagedUploads } from '../../state/staged-uploads.ts'
import type { Storage } from '../../storage/contract.ts'
import type { QuotaLedger } from '../quota.ts'

export interface ExpireKeptOptions {
  /** By their names in the configuration. */
  readonly storages: ReadonlyMap<string, Storage>
  readonly staged: StagedUploads
  readonly quota: QuotaLedger
  readonly logger: Logger
  /** Kept uploads that nobody has touched since are given up. */
  readonly before: Date
}

/**
 * Discards uploads whose owners did not come back, and gives their room back. One that cannot be discarded now is left for
 * the next time. Returns how many went.
 */
export async function expireKept(options: ExpireKeptOptions): Promise<number> {
  let count = 0
  for (const record of await options.staged.all({ before: options.before })) {
    try {
      if (record.isKept && (await expire(options, record))) count++
    } catch (error) {
      options.logger.warn('a kept upload could not be discarded', { path: record.path, storage: record.storage, error })
    }
  }
  return count
}

async function expire({ storages, staged, quota }: ExpireKeptOptions, { id }: StagedUploadRecord): Promise<boolean> {
  const record = await staged.claim(id)
  if (record === null) return false
  try {
    const upload =
      (await storages
        .get(record.storage)
        ?.restage(record.ticket, { journal: async (ticket) => staged.update(id, ticket) })) ?? null
    const bytes = upload?.durableBytes ?? 0
    await upload?.discard()
    await staged.remove(id)
    await quota.adjust(record.account, -bytes)
    return true
  } catch (error) {
    await staged.keep(id, record.ticket)
    throw error
  }
}
