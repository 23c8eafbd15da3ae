import { GatewayError } from '../../core/errors.ts'
import type { Storage } from '../contract.ts'
import type { StorageServices } from '../driver.ts'
import { findDriver } from './index.ts'

/** Storages by name: the driver's word, and its own options, checked by its schema. */
export type NamedStorageOptions = Readonly<Record<string, { readonly driver: string; readonly options: unknown }>>

/** Opens all storages. @throws GatewayError when one cannot be used; those opened before are closed again. */
export async function openStorages(
  named: NamedStorageOptions,
  services: Omit<StorageServices, 'name'>,
): Promise<ReadonlyMap<string, Storage>> {
  const opened = new Map<string, Storage>()
  try {
    for (const [name, { driver: word, options }] of Object.entries(named)) {
      const driver = findDriver(word)
      if (driver === null) throw new GatewayError('unsupported', `There is no driver ${word}.`)
      opened.set(name, await driver.open(options, { ...services, name }))
    }
    return opened
  } catch (error) {
    for (const storage of opened.values()) await storage.close()
    throw error
  }
}
