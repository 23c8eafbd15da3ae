import { systemClock } from './core/clock.ts'
import { silentLogger } from './core/logger.ts'
import { memoryBudget } from './core/memory-budget.ts'
import type { Storage } from './storage/contract.ts'
import { findDriver } from './storage/drivers/index.ts'
import { openStorages, type NamedStorageOptions } from './storage/drivers/open-storages.ts'
import type { Finding } from './storage/finding.ts'

/** A command sends a part at most. */
const memoryBytes = 64 * 1024 ** 2

const services = (instance: string) => ({
  ...{ instance, logger: silentLogger, clock: systemClock },
  memory: memoryBudget({ bytes: memoryBytes }),
})

/** Storages for one command, without a gateway around them. Whoever opens them closes them. */
export async function visitStorages(
  named: NamedStorageOptions,
  instance: string,
): Promise<ReadonlyMap<string, Storage>> {
  return await openStorages(named, services(instance))
}

/** What one storage can do, found out by trying; empty where there is nothing to find out. */
export async function examineStorage(
  name: string,
  { driver, options }: NamedStorageOptions[string],
): Promise<readonly Finding[]> {
  return (await findDriver(driver)?.examine?.(options, { ...services('doctor'), name })) ?? []
}
