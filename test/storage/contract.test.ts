import type { TestContext } from 'node:test'
import { parseKey } from '../../src/core/paths.ts'
import { systemClock } from '../../src/core/clock.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { confinedByPath } from '../../src/storage/drivers/disk/confine/confined-by-path.ts'
import { prefixed } from '../../src/storage/prefixed.ts'
import { storageContract, type Opened } from '../contract/storage-contract.ts'
import { openDisk, slowDisk, type DiskSetting } from '../helpers/storages.ts'

const prefix = parseKey('mounts/alice')

const memory = async (): Promise<Opened> => ({ storage: memoryStorage(systemClock, { pageEntries: 7 }) })

const diskWith = (setting: DiskSetting) => (t: TestContext) => openDisk(t, { pageEntries: 7, ...setting })

/** The same behind a prefix: whatever holds of a storage holds of a view of it. */
const below = (open: (t: TestContext) => Promise<Opened>) => async (t: TestContext) => {
  const { storage, reopen } = await open(t)
  const again = reopen && { reopen: async () => prefixed(await reopen(), prefix) }
  return { storage: prefixed(storage, prefix), ...again }
}

storageContract('memory', memory)
storageContract('disk', diskWith({}))
storageContract('disk with sync', diskWith({ sync: true }))
storageContract('disk that makes everybody wait', diskWith({ services: slowDisk() }))
storageContract('disk held by paths', diskWith({ hold: confinedByPath }))
storageContract('memory behind a prefix', below(memory))
storageContract('disk behind a prefix', below(diskWith({})))
