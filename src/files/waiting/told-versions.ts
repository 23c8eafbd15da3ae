import { newestMap } from '../../core/newest-map.ts'

/** Contents that were given to the store as objects since they were looked at: they keep the version that was told then. */
export interface ToldVersions {
  note(told: string, stored: string): void
  /** The store's own; null for one that was told as the store has it. */
  storedOf(told: string): string | null
  toldOf(stored: string): string | null
}

/** Knows the newest. */
export function toldVersions(most: number): ToldVersions {
  const stored = newestMap<string, string>(most)
  const told = new Map<string, string>()
  return {
    note(first, now) {
      const oldest = stored.set(first, now)
      told.set(now, first)
      if (oldest !== null && told.get(oldest[1]) === oldest[0]) told.delete(oldest[1])
    },
    storedOf: (version) => stored.get(version) ?? null,
    toldOf: (version) => (told.size === 0 ? null : (told.get(version) ?? null)),
  }
}
