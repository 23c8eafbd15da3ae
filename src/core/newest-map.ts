/** The values that were set last: one more than `most`, and the oldest is forgotten. */
export interface NewestMap<Key, Value> {
  get(key: Key): Value | undefined
  /** Counts as new also what was there before. Returns what was forgotten for it. */
  set(key: Key, value: Value): readonly [Key, Value] | null
  delete(key: Key): void
  clear(): void
}

/** `most` from 1. */
export function newestMap<Key, Value>(most: number): NewestMap<Key, Value> {
  const values = new Map<Key, Value>()
  return {
    // Most are empty most of the time, and a key that was just cut out of a text would have to be hashed.
    get: (key) => (values.size === 0 ? undefined : values.get(key)),
    set(key, value) {
      values.delete(key)
      values.set(key, value)
      if (values.size <= most) return null
      const [oldest = null] = values
      if (oldest !== null) values.delete(oldest[0])
      return oldest
    },
    delete: (key) => void values.delete(key),
    clear: () => values.clear(),
  }
}
