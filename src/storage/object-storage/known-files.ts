import type { Clock } from '../../core/clock.ts'
import { newestMap } from '../../core/newest-map.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { FileEntry } from '../contract.ts'

/** A file as this process has seen or made it. */
export interface KnownFile {
  readonly entry: FileEntry
  /** Null: the standard one. */
  readonly storageClass: string | null
}

/**
 * Files that were seen a moment ago. Only for what finds out by itself when a file is another by now: a rename that has just
 * been announced, whose copy is bound to the version.
 */
export interface KnownFiles {
  note(file: KnownFile): void
  of(key: ObjectKey): KnownFile | null
  forget(key: ObjectKey): void
}

export interface KnownFilesOptions {
  readonly clock: Clock
  readonly milliseconds: number
  readonly most: number
}

export function knownFiles({ clock, milliseconds, most }: KnownFilesOptions): KnownFiles {
  const known = newestMap<ObjectKey, { readonly file: KnownFile; readonly until: number }>(most)
  return {
    note(file) {
      known.set(file.entry.key, { file, until: clock.monotonic() + milliseconds })
    },
    of(key) {
      const found = known.get(key)
      return found !== undefined && found.until > clock.monotonic() ? found.file : null
    },
    forget: (key) => known.delete(key),
  }
}
