import type { Clock } from '../../core/clock.ts'
import { compareEntries, compareKeys, sortKey } from '../../core/key-order.ts'
import { parentKey, type ObjectKey } from '../../core/paths.ts'
import type { Entry } from '../contract.ts'

/**
 * What this process has written and removed a moment ago, laid over listings of stores that list late: after 226 a file is
 * in its folder.
 */
export interface RecentChanges {
  written(entry: Entry): void
  removed(key: ObjectKey): void
  /** The page with what is newer. `after` and `last`: sort keys between which it lies; null: open. */
  overlaid(directory: ObjectKey, entries: readonly Entry[], range: PageRange): readonly Entry[]
}

export interface PageRange {
  readonly after: string | null
  readonly last: string | null
}

interface Change {
  readonly until: number
  readonly sortKey: string
  /** Null: removed. */
  readonly entry: Entry | null
}

export interface RecentChangesOptions {
  readonly clock: Clock
  readonly milliseconds: number
  /** Changes remembered at once; the oldest give way. */
  readonly most: number
}

export function recentChanges({ clock, milliseconds, most }: RecentChangesOptions): RecentChanges {
  const changes = new Map<ObjectKey, Change>()

  function note(key: ObjectKey, entry: Entry | null): void {
    const now = clock.monotonic()
    changes.delete(key)
    changes.set(key, { until: now + milliseconds, sortKey: entry === null ? key : sortKey(entry), entry })
    for (const [old, { until }] of changes) {
      if (until > now && changes.size <= most) break
      changes.delete(old)
    }
  }

  return {
    written: (entry) => note(entry.key, entry),
    removed: (key) => note(key, null),
    overlaid(directory, entries, { after, last }) {
      const now = clock.monotonic()
      const fresh = [...changes].filter(
        ([key, change]) =>
          change.until > now &&
          parentKey(key) === directory &&
          (after === null || compareKeys(change.sortKey, after) > 0) &&
          (last === null || compareKeys(change.sortKey, last) <= 0),
      )
      if (fresh.length === 0) return entries
      const newer = new Map(fresh)
      const kept = entries.filter(({ key, kind }) => kind === 'directory' || !newer.has(key))
      const added = fresh.flatMap(([, { entry }]) => (entry === null || isListed(kept, entry) ? [] : [entry]))
      return [...kept, ...added].toSorted(compareEntries)
    },
  }
}

function isListed(entries: readonly Entry[], { key, kind }: Entry): boolean {
  return kind === 'directory' && entries.some((entry) => entry.kind === 'directory' && entry.key === key)
}
