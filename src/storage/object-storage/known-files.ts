import type { Clock } from '../../core/clock.ts'
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
  const known = new Map<ObjectKey, { readonly file: KnownFile; readonly until: number }>()
  return {
    note(file) {
      const { key } = file.entry
      known.delete(key)
      known.set(key, { file, until: clock.monotonic() + milliseconds })
      if (known.size <= most) return
      const [oldest] = known.keys()
      if (oldest !== undefined) known.delete(oldest)
    },
    of(key) {
      const found = known.get(key)
      return found !== undefined && found.until > clock.monotonic() ? found.file : null
    },
    forget: (key) => void known.delete(key),
  }
}
