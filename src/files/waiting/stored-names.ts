import { newestMap } from '../../core/newest-map.ts'
import type { ObjectKey } from '../../core/paths.ts'

/**
 * Temporary names under which an object was seen: an upload that begins to wait under one of them replaces that. It is not
 * asked for, so that an upload costs no request more; whoever counts bytes has looked.
 */
export interface StoredNames {
  note(key: ObjectKey): void
  has(key: ObjectKey): boolean
  forget(key: ObjectKey): void
}

/** Knows the newest. */
export function storedNames(most: number): StoredNames {
  const keys = newestMap<ObjectKey, true>(most)
  return {
    note: (key) => void keys.set(key, true),
    has: (key) => keys.get(key) === true,
    forget: (key) => keys.delete(key),
  }
}
