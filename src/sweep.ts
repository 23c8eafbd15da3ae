import type { Clock } from './core/clock.ts'
import type { Logger } from './core/logger.ts'
import type { QuotaLedger } from './files/quota.ts'
import { expireKept } from './files/upload/expire-kept.ts'
import type { UploadOptions } from './files/upload-options.ts'
import type { SqlStagedUploads } from './state/staged-uploads-sql.ts'
import { openStorages, type NamedStorageOptions } from './storage/drivers/open-storages.ts'

export interface SweepOptions {
  readonly storages: NamedStorageOptions
  readonly staged: SqlStagedUploads
  readonly quota: QuotaLedger
  readonly uploads: Pick<UploadOptions, 'keepFor'>
  readonly instance: string
  readonly logger: Logger
  readonly clock: Clock
}

/** Lets go of kept uploads that nobody came back for. */
export interface Sweeper {
  stop(): void
  close(): Promise<void>
}

const everyMilliseconds = 10 * 60_000

/**
 * Removes what an earlier process left staged, now, before there are new uploads; and from time to time, kept uploads that
 * have waited too long.
 */
export async function sweepStorages(options: SweepOptions): Promise<Sweeper> {
  const { staged, quota, uploads, clock, logger } = options
  const storages = await openStorages(options.storages, options)
  const dropExpired = async () => {
    const before = new Date(clock.now().getTime() - uploads.keepFor)
    const dropped = await expireKept({ storages, staged, quota, logger, before })
    if (dropped > 0) logger.info('kept uploads expired', { dropped })
  }
  await dropExpired()
  for (const [name, storage] of storages) {
    const tickets = staged.all({ storage: name }).map(({ ticket }) => ticket)
    const removed = (await storage.sweep?.(tickets)) ?? 0
    if (removed > 0) logger.info('unfinished uploads of an earlier run removed', { storage: name, removed })
  }
  const timer = setInterval(() => {
    dropExpired().catch((error: unknown) => logger.warn('sweeping failed', { error }))
  }, everyMilliseconds)
  timer.unref()
  return {
    stop: () => clearInterval(timer),
    async close() {
      for (const storage of storages.values()) await storage.close()
    },
  }
}
