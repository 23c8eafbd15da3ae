/** Hashes computed lately, under keys that name one version of one file. */
export interface HashCache {
  find(key: string): string | null
  add(key: string, hex: string): void
}

/** Holds the newest `limit` hashes. May serve many sessions. */
export function hashCache(limit: number): HashCache {
  const known = new Map<string, string>()
  return {
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
