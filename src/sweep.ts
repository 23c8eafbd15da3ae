import type { Clock } from './core/clock.ts'
import { waitAtMost } from './core/concurrency.ts'
import type { Logger } from './core/logger.ts'
import { memoryBudget } from './core/memory-budget.ts'
import type { QuotaLedger } from './files/quota.ts'
import type { UploadOptions } from './files/upload-options.ts'
import { settleWaiting } from './files/waiting/settle-waiting.ts'
import { expireKept } from './files/upload/expire-kept.ts'
import type { SqlStagedUploads } from './state/staged-uploads-sql.ts'
import type { WaitingUploads } from './state/waiting-uploads.ts'
import type { Storage, SweepOptions as StorageSweepOptions } from './storage/contract.ts'
import type { KeptTimes } from './storage/driver.ts'
import { openStorages, type NamedStorageOptions } from './storage/drivers/open-storages.ts'

export interface SweepOptions {
  readonly storages: NamedStorageOptions
  readonly staged: SqlStagedUploads
  readonly waiting: WaitingUploads
  readonly quota: QuotaLedger
  readonly uploads: UploadOptions
  /** Whether this account's cut uploads wait for it. */
  readonly mayResume: (account: string) => boolean
  readonly instance: string
  readonly times: KeptTimes
  readonly logger: Logger
  readonly clock: Clock
}

/** Lets go of kept uploads that nobody came back for, and of what nobody can come back for. */
export interface Sweeper {
  /** Open as long as it is; for other work beside the sessions. */
  readonly storages: ReadonlyMap<string, Storage>
  /** A worker has died, this process of it: what it had under way goes, is ended, or is cut back. */
  workerGone(process: number): void
  stop(): void
  close(): Promise<void>
}

const everyMilliseconds = 10 * 60_000
/** How long the start waits for stores that are slow; what is not done then goes on beside the work. */
const startMilliseconds = 5_000
/** A sweep buffers nothing, but storages want a budget. */
const memoryBytes = 64 * 1024 ** 2

/**
 * Removes what an earlier process left staged, now, before there are new uploads; and from time to time, kept uploads that
 * have waited too long, and orphans in stores. What cannot be removed now is left for the next time.
 */
export async function sweepStorages(options: SweepOptions): Promise<Sweeper> {
  const { logger } = options
  const storages = await openStorages(options.storages, { ...options, memory: memoryBudget({ bytes: memoryBytes }) })
  let isStopped = false
  let othersWork = false
  const sweepAll = async (goneProcess?: number): Promise<void> => {
    // A worker that ends with the gateway is no reason to begin: the storages are being closed.
    if (isStopped) return
    try {
      // All at once, and first: a store that hangs must not hold up a disk until others work on it.
      const how = () => ({ othersWork, ...(goneProcess !== undefined && { goneProcess }) })
      await Promise.all([...storages].map(([name, storage]) => sweepOne(options, { name, storage, how })))
      await dropAbandoned(options, storages)
      await dropKept(options, storages)
      await settleAll(options, storages)
    } catch (error) {
      // What is closed under it ends it: that is how it is stopped.
      if (!isStopped) logger.warn('sweeping failed', { error })
    }
  }
  let running: Promise<void> = Promise.resolve()
  const sweep = (goneProcess?: number) => (running = running.then(() => sweepAll(goneProcess)))
  await waitAtMost(startMilliseconds, sweep())
  // Also for what the first sweep has not begun yet.
  othersWork = true
  const timer = setInterval(() => void sweep(), everyMilliseconds)
  timer.unref()
  const stop = () => {
    isStopped = true
    clearInterval(timer)
  }
  return {
    storages,
    workerGone: (process) => void sweep(process),
    stop,
    async close() {
      stop()
      for (const storage of storages.values()) await storage.close()
    },
  }
}

type Storages = ReadonlyMap<string, Storage>

async function settleAll({ waiting, uploads, clock, logger }: SweepOptions, storages: Storages): Promise<void> {
  const before = new Date(clock.now().getTime() - uploads.renameWithin)
  await settleWaiting({ storages, waiting, logger, before })
}

async function dropKept({ staged, quota, uploads, clock, logger }: SweepOptions, storages: Storages): Promise<void> {
  const before = new Date(clock.now().getTime() - uploads.keepFor)
  const dropped = await expireKept({ storages, staged, quota, logger, before })
  if (dropped > 0) logger.info('kept uploads expired', { dropped })
}

/** Uploads that were running when the process before ended, and whose account does not resume. */
async function dropAbandoned({ staged, mayResume, logger }: SweepOptions, storages: Storages): Promise<void> {
  for (const { id, account, storage, path } of await staged.all()) {
    if (mayResume(account)) continue
    const record = await staged.claim(id)
    if (record === null) continue
    try {
      const upload = await storages.get(storage)?.restage(record.ticket)
      await upload?.discard()
      await staged.remove(id)
    } catch (error) {
      await staged.keep(id, record.ticket)
      logger.warn('an upload of an earlier run could not be discarded', { path, storage, error })
    }
  }
}

interface Sweep {
  readonly name: string
  readonly storage: Storage
  /** Asked when the sweep begins: until then a start that would not wait may be over. */
  readonly how: () => Pick<StorageSweepOptions, 'othersWork' | 'goneProcess'>
}

async function sweepOne(
  { staged, waiting, uploads, clock, logger }: SweepOptions,
  { name, storage, how }: Sweep,
): Promise<void> {
  const lines = [...(await staged.all({ storage: name })), ...(await waiting.all({ storage: name }))]
  const tickets = lines.map(({ ticket }) => ticket)
  const before = new Date(clock.now().getTime() - uploads.sweepAfter)
  try {
    const removed = (await storage.sweep?.(tickets, { before, ...how() })) ?? 0
    if (removed > 0) logger.info('unfinished uploads removed', { storage: name, removed })
  } catch (error) {
    logger.warn('a storage could not be swept', { storage: name, error })
  }
}
