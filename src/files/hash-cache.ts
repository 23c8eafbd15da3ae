import { semaphore, type Semaphore } from '../core/concurrency.ts'

type Awaitable<T> = T | Promise<T>

/** Hashes computed before, under keys that name one version of one file. */
export interface HashCache {
  find(key: string): Awaitable<string | null>
  add(key: string, hex: string): Awaitable<void>
  /** How many long files may be hashed at once by those who share it. */
  readonly turns: Semaphore
}

/** Holds the newest `limit` hashes. May serve many sessions. */
export function hashCache(limit: number): HashCache {
  const known = new Map<string, string>()
  return {
    turns: semaphore({ places: 4, waiting: 1000 }),
    find: (key) => known.get(key) ?? null,
    add(key, hex) {
      known.delete(key)
      known.set(key, hex)
      if (known.size <= limit) return
      const [oldest] = known.keys()
      if (oldest !== undefined) known.delete(oldest)
    },
  }
}
