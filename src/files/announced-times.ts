import { newestMap } from '../core/newest-map.ts'
import type { VirtualPath } from '../core/paths.ts'

/**
 * Times that a client has named for files it has yet to send: MFMT before STOR. They go with the upload, so that an object
 * need not be copied onto itself afterwards.
 */
export interface AnnouncedTimes {
  note(path: VirtualPath, modified: Date): void
  of(path: VirtualPath): Date | null
  /** The file is there. */
  forget(path: VirtualPath): void
}

/** One for each session, which keeps the newest `most`. */
export function announcedTimes(most: number): AnnouncedTimes {
  const times = newestMap<VirtualPath, Date>(most)
  return {
    note: (path, modified) => void times.set(path, modified),
    of: (path) => times.get(path) ?? null,
    forget: (path) => times.delete(path),
  }
}
