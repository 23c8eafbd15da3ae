import type { ObjectKey } from '../../../../core/paths.ts'
import { diskError, isMissing } from '../errors.ts'
import type { FileStats } from '../io/stats.ts'

/** Where a key leads, as the system can reach it. */
export interface Place {
  /** Void as soon as `use` has returned, so for synchronous calls only. Its last segment must not be followed when a link. */
  readonly path: string
  /** The directory that holds it, in the same way. */
  readonly parent: string
  /** Null when nothing is there, or nothing that may be seen. */
  readonly stats: FileStats | null
  /** A link stands here that leads out or nowhere: it looks missing, and must not be replaced either. */
  readonly isBlocked: boolean
}

/** A folder nobody gets out of: not by links, and not by links that are put there while we look. */
export interface Confined {
  /**
   * Finds a key and calls `use` with its place. Links on the way are followed inside the root; a last one too, if 'follow'.
   * @throws GatewayError 'not-found' and 'not-directory' for the folders above, 'permission-denied' for our own folder,
   *   'invalid-path'; system errors; what `use` throws.
   */
  at<T>(key: ObjectKey, lastLink: 'follow' | 'keep', use: (place: Place) => T): T
  /** Keeps a folder within reach for longer than `use`. @throws 'not-found', 'not-directory'. */
  hold(place: Place): HeldFolder
  /** Sets permission bits, of this very place and not of one swapped in for it. */
  changeMode(place: Place, mode: number): void
  /** Our own folder below the root, made if need be. No link in its place is followed. */
  own(segments: readonly string[]): HeldFolder
  close(): void
}

export interface HeldFolder {
  /** For calls of any kind, on the folder and on names in it, until `close`. */
  readonly path: string
  close(): void
}

/** @throws 'not-found', 'not-directory'. */
export function refuseNonFolder({ stats }: Place): void {
  if (stats === null) throw diskError('not-found')
  if (!stats.isDirectory()) throw diskError(stats.isFile() ? 'not-directory' : 'not-found')
}

/** What a client sees under a key: for a link what it leads to, null when that must not be seen. */
export function seenStats(key: ObjectKey, { stats }: Place, confined: Confined): FileStats | null {
  if (!stats?.isSymbolicLink()) return stats
  try {
    return confined.at(key, 'follow', (target) => target.stats)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
