import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { memoryBudget } from '../../src/core/memory-budget.ts'
import type { Storage } from '../../src/storage/contract.ts'
import type { StorageServices } from '../../src/storage/driver.ts'
import { diskStorage, type DiskTuning } from '../../src/storage/drivers/disk/storage.ts'

export const services: StorageServices = {
  name: 'test',
  instance: 'test',
  memory: memoryBudget({ bytes: 128 * 1024 ** 2 }),
  logger: silentLogger,
  clock: systemClock,
}

export interface DiskSetting extends DiskTuning {
  readonly sync?: boolean
  readonly services?: Partial<StorageServices>
}

export interface OpenedDisk {
  readonly storage: Storage
  /** The folder that holds the storage's; beside it lies what must not be reached. */
  readonly outside: string
  readonly directory: string
  readonly reopen: () => Promise<Storage>
}

/** A clock by which every call takes a second: what is written goes through the thread pool, but for the first. */
export function slowDisk(): Pick<StorageServices, 'clock'> {
  let milliseconds = 0
  return { clock: { ...systemClock, monotonic: () => (milliseconds += 1000) } }
}

/** A disk storage in a folder of its own, which goes when the test ends. */
export async function openDisk(t: TestContext, setting: DiskSetting = {}): Promise<OpenedDisk> {
  const { sync = false, services: given = {}, ...tuning } = setting
  const outside = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  const directory = join(outside, 'root')
  const opened: Storage[] = []
  const open = () => {
    const storage = diskStorage({ directory, sync }, { ...services, ...given }, tuning)
    opened.push(storage)
    return storage
  }
  t.after(async () => {
    for (const storage of opened) await storage.close()
    rmSync(outside, { recursive: true, force: true })
  })
  return { storage: open(), outside, directory, reopen: async () => open() }
}
