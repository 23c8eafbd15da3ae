import type { Awaitable } from '../core/awaitable.ts'
import { semaphore, type Semaphore } from '../core/concurrency.ts'
import { newestMap } from '../core/newest-map.ts'

/** Hashes computed before, under keys that name one version of one file. */
export interface HashCache {
  find(key: string): Awaitable<string | null>
  add(key: string, hex: string): Awaitable<void>
  /** How many long files may be hashed at once by those who share it. */
  readonly turns: Semaphore
}

/** Holds the newest `limit` hashes in memory. May serve many sessions. */
export function hashCache(limit: number) {
  const known = newestMap<string, string>(limit)
  return {
    turns: semaphore({ places: 4, waiting: 1000 }),
    find: (key: string) => known.get(key) ?? null,
    add(key: string, hex: string): void {
      known.set(key, hex)
    },
  }
}

/** The same, in front of hashes that outlive the process. */
export function lastingHashCache(limit: number, lasting: Pick<HashCache, 'find' | 'add'>): HashCache {
  const near = hashCache(limit)
  return {
    ...near,
    async find(key) {
      const known = near.find(key) ?? (await lasting.find(key))
      if (known !== null) near.add(key, known)
      return known
    },
    async add(key, hex) {
      near.add(key, hex)
      await lasting.add(key, hex)
    },
  }
}
