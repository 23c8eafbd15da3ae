import type { Clock } from '../../core/clock.ts'
import { newestMap } from '../../core/newest-map.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'

/**
 * Directories that were there a moment ago: a session that has gone into one need not ask for it again with each file.
 * Roots of mounts are always there.
 */
export interface KnownDirectories {
  has(key: ObjectKey): boolean
  /** Something was seen in it, or it was made; so it is with all above it. */
  note(key: ObjectKey): void
  /** It was removed, or may be. */
  forget(key: ObjectKey): void
  noteRoot(key: ObjectKey): void
  isRoot(key: ObjectKey): boolean
}

export interface KnownDirectoriesOptions {
  readonly clock: Clock
  /** How long one is taken to be there still. */
  readonly milliseconds: number
  readonly most: number
}

export function knownDirectories({ clock, milliseconds, most }: KnownDirectoriesOptions): KnownDirectories {
  const until = newestMap<ObjectKey, number>(most)
  const roots = new Set<ObjectKey>([rootKey])

  return {
    has: (key) => roots.has(key) || (until.get(key) ?? 0) > clock.monotonic(),
    note(key) {
      for (let at = key; at !== rootKey; at = parentKey(at)) until.set(at, clock.monotonic() + milliseconds)
    },
    isRoot: (key) => roots.has(key),
    forget: (key) => until.delete(key),
    noteRoot(key) {
      for (let at = key; at !== rootKey; at = parentKey(at)) roots.add(at)
    },
  }
}
