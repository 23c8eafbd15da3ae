import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Logger } from '../../core/logger.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { KeptTime, KeptTimes } from '../driver.ts'

/** Times that other processes and the next start are told of: written behind, so that nobody waits for them. */
export interface TimesBehind {
  note(key: ObjectKey, time: KeptTime | null): void
  /** Whether what was noted of it is still to be written. */
  isPending(key: ObjectKey): boolean
  /** Null when they cannot be had now. */
  find(keys: readonly ObjectKey[]): Promise<ReadonlyMap<ObjectKey, KeptTime> | null>
  /** All is written, or cannot be. */
  settled(): Promise<void>
}

export interface TimesBehindOptions {
  readonly kept: KeptTimes
  /** The storage's name. */
  readonly storage: string
  readonly logger: Logger
}

/** Where the state does not answer, the newest wait for it, and the others show the store's time until they are asked for. */
const mostPending = 10_000
const batch = 100

/** Never throws: without these times listings tell the store's. */
export function timesBehind({ kept, storage, logger }: TimesBehindOptions): TimesBehind {
  const pending = new Map<ObjectKey, KeptTime | null>()
  let writing: Promise<void> | null = null

  async function writeAll(): Promise<void> {
    try {
      await nextTurn()
      while (pending.size > 0) await writeSome([...pending].slice(0, batch))
    } catch (error) {
      logger.warn('times of files could not be noted', { storage, error })
    } finally {
      writing = null
    }
  }

  async function writeSome(changes: readonly (readonly [ObjectKey, KeptTime | null])[]): Promise<void> {
    await kept.write(storage, changes)
    for (const [key, time] of changes) if (pending.get(key) === time) pending.delete(key)
  }

  return {
    note(key, time) {
      pending.delete(key)
      pending.set(key, time)
      const [oldest] = pending.keys()
      if (pending.size > mostPending && oldest !== undefined) pending.delete(oldest)
      writing ??= writeAll()
    },
    isPending: (key) => pending.size > 0 && pending.has(key),
    async find(keys) {
      try {
        return await kept.find(storage, keys)
      } catch (error) {
        logger.warn('times of files could not be looked up', { storage, error })
        return null
      }
    },
    async settled() {
      if (pending.size > 0) writing ??= writeAll()
      await writing
    },
  }
}
