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
  const keys = new Set<ObjectKey>()
  return {
    note(key) {
      keys.delete(key)
      keys.add(key)
      const [oldest] = keys
      if (keys.size > most && oldest !== undefined) keys.delete(oldest)
    },
    has: (key) => keys.has(key),
    forget: (key) => void keys.delete(key),
  }
}
