import { hash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { makeFolders } from '../../../core/folders.ts'
import { rootKey } from '../../../core/paths.ts'
import { refuseWhenAborted } from '../../abortable.ts'
import type { Storage } from '../../contract.ts'
import type { StorageServices } from '../../driver.ts'
import { bufferPool } from '../../../core/buffer-pool.ts'
import { diskChanges } from './changes.ts'
import { confine } from './confine/confined.ts'
import { diskCopy } from './copy.ts'
import { durability } from './io/durability.ts'
import { diskPace } from './io/pace.ts'
import { diskEntries, type Entries } from './entries.ts'
import { isMissing, translate, translating } from './errors.ts'
import { diskList } from './list/listing.ts'
import type { DiskOptions } from './options.ts'
import type { Confined } from './confine/place.ts'
import { diskRead } from './read.ts'
import { listingSnapshots } from './list/snapshots.ts'
import { diskStaging, stagedName } from './upload/staging.ts'
import { diskSweep } from './upload/sweep.ts'
import { diskRestage, diskStage } from './upload/uploads.ts'

/** Small files, small writes, quick reads, and what slow ones are gathered into; the figures are in docs/decisions/0007. */
const bufferSizes = [
  { bytes: 16_384, idle: 64 },
  { bytes: 65_536, idle: 16 },
  { bytes: 262_144, idle: 16 },
  { bytes: 524_288, idle: 16 },
] as const

export interface DiskTuning {
  /** How the root is held. Default: the best way this system has. */
  readonly hold?: (root: string) => Confined
  /** Names on one page of a listing. Default 1,000. */
  readonly pageEntries?: number
}

/** A storage in a folder, which is made when missing. @throws GatewayError when it cannot be made or opened. */
export function diskStorage(options: DiskOptions, services: StorageServices, tuning: DiskTuning = {}): Storage {
  try {
    makeFolders(fs, options.directory)
    return assemble(options, services, tuning)
  } catch (error) {
    throw translate(error)
  }
}

function assemble({ directory, sync }: DiskOptions, services: StorageServices, tuning: DiskTuning): Storage {
  const { hold = confine, pageEntries = 1000 } = tuning
  const { clock, logger } = services
  const instance = hash('sha1', services.instance, 'hex').slice(0, 16)
  const confined = hold(directory)
  const staging = diskStaging(confined, instance)
  const entries = diskEntries(`${services.instance}:${services.name}`)
  const buffers = bufferPool(bufferSizes)
  const snapshots = listingSnapshots({ maxNames: 2_000_000, maxMilliseconds: 30_000, now: () => clock.monotonic() })
  const pace = diskPace(() => clock.monotonic())
  const uploads = {
    confined,
    staging,
    entries,
    buffers,
    pace,
    durability: durability(directory, sync),
    newId: () => stagedName(process.pid, randomUUID()),
  }
  const [read, stage] = [translating(diskRead({ confined, entries, buffers, pace })), translating(diskStage(uploads))]
  return {
    ...diskChanges(uploads),
    stat: translating(diskStat(confined, entries)),
    list: translating(diskList({ confined, entries, logger, snapshots, pageEntries })),
    read,
    stage,
    restage: translating(diskRestage(uploads)),
    copy: diskCopy({ read, stage }),
    availableBytes: translating(async () => availableBytes(confined)),
    sweep: translating(diskSweep({ confined, staging, instance, clock, logger })),
    async close() {
      staging.close()
      confined.close()
    },
  }
}

function diskStat(confined: Confined, entries: Entries): Storage['stat'] {
  return async (key, options = {}) => {
    refuseWhenAborted(options.signal)
    try {
      return confined.at(key, 'follow', ({ stats }) => stats && entries.of(key, stats))
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }
}

function availableBytes(confined: Confined): number {
  return confined.at(rootKey, 'keep', ({ path }) => {
    const { bavail, bsize } = fs.statfsSync(path)
    return Math.min(bavail * bsize, Number.MAX_SAFE_INTEGER)
  })
}
