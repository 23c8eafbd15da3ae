/** Contents that were given to the store as objects since they were looked at: they keep the version that was told then. */
export interface ToldVersions {
  note(told: string, stored: string): void
  /** The store's own; null for one that was told as the store has it. */
  storedOf(told: string): string | null
  toldOf(stored: string): string | null
}

/** Knows the newest. */
export function toldVersions(most: number): ToldVersions {
  const stored = new Map<string, string>()
  const told = new Map<string, string>()
  return {
    note(first, now) {
      stored.set(first, now)
      told.set(now, first)
      if (stored.size <= most) return
      const [oldest] = stored
      if (oldest === undefined) return
      stored.delete(oldest[0])
      if (told.get(oldest[1]) === oldest[0]) told.delete(oldest[1])
    },
    storedOf: (version) => stored.get(version) ?? null,
    toldOf: (version) => told.get(version) ?? null,
  }
}
