import type { ZodType } from 'zod'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { MemoryBudget } from '../core/memory-budget.ts'
import type { ObjectKey } from '../core/paths.ts'
import type { Storage } from './contract.ts'
import type { Finding } from './finding.ts'

/** The time that one version of a file bears. */
export interface KeptTime {
  readonly version: string
  readonly modified: Date
}

/** Keeps times of files for all processes and the next start, for stores whose listings do not tell them. May forget some. */
export interface KeptTimes {
  find(storage: string, keys: readonly ObjectKey[]): Promise<ReadonlyMap<ObjectKey, KeptTime>>
  /** Null takes the file's time away. */
  write(storage: string, changes: readonly (readonly [ObjectKey, KeptTime | null])[]): Promise<void>
}

/** What every driver is given beside its own options. */
export interface StorageServices {
  /** The storage's name in the configuration; for the log. */
  readonly name: string
  /** Stays the same for one state directory: tells this gateway's staged uploads from those of another on the same store. */
  readonly instance: string
  /** For all buffers of uploads; one for the whole process. */
  readonly memory: MemoryBudget
  readonly logger: Logger
  readonly clock: Clock
  /** Absent: such times are known to the process alone. */
  readonly times?: KeptTimes
}

/** One kind of storage. `storage/drivers/index.ts` lists them all. */
export interface Driver<Options = unknown> {
  /** The word behind `driver:` in the configuration. */
  readonly name: string
  /** The keys that stand beside `driver:`. */
  readonly options: ZodType<Options>
  open(options: Options, services: StorageServices): Promise<Storage>
  /** Tries what this very store can do, and leaves nothing behind. Absent: there is nothing to find out. */
  examine?(options: Options, services: StorageServices): Promise<readonly Finding[]>
}

/** Keeps a driver's options type while listing it among others. */
export function defineDriver<Options>(driver: Driver<Options>): Driver<Options> {
  return driver
}
