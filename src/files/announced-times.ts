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
  const times = new Map<VirtualPath, Date>()
  return {
    note(path, modified) {
      times.delete(path)
      times.set(path, modified)
      if (times.size <= most) return
      const [oldest] = times.keys()
      if (oldest !== undefined) times.delete(oldest)
    },
    of: (path) => times.get(path) ?? null,
    forget: (path) => void times.delete(path),
  }
}
