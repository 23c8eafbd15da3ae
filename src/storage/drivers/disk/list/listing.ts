import { setImmediate as nextTurn } from 'node:timers/promises'
import { childKey, rootKey, type ObjectKey } from '../../../../core/paths.ts'
import type { Logger } from '../../../../core/logger.ts'
import { refuseWhenAborted } from '../../../abortable.ts'
import type { Entry, ListOptions, ListPage } from '../../../contract.ts'
import type { Confined, HeldFolder } from '../confine/place.ts'
import type { Entries } from '../entries.ts'
import { isMissing } from '../errors.ts'
import { lstat, type FileStats } from '../io/stats.ts'
import { decodeName, folderNames, type Kind } from './names.ts'
import { isOwnName } from '../confine/segments.ts'
import { indexAfter, type Snapshots } from './snapshots.ts'

/** Synchronous calls in a row before others get their turn. */
const sliceEntries = 64

export interface ListServices {
  readonly confined: Confined
  readonly entries: Entries
  readonly logger: Logger
  readonly snapshots: Snapshots
  readonly pageEntries: number
}

interface OpenFolder extends HeldFolder {
  readonly key: ObjectKey
  readonly id: string
}

/** `Storage.list`. */
export function diskList(services: ListServices) {
  const { confined, snapshots, pageEntries } = services
  return async (key: ObjectKey, { cursor, signal }: ListOptions = {}): Promise<ListPage> => {
    refuseWhenAborted(signal)
    // A link may lead to the root, too.
    const rootId = confined.at(rootKey, 'keep', ({ stats }) => folderId(stats))
    const folder = confined.at(key, 'follow', (place): OpenFolder => {
      return { ...confined.hold(place), key, id: folderId(place.stats) }
    })
    try {
      const position = parseCursor(cursor)
      const kept = snapshots.find(position.snapshot, folder.id)
      const names = kept ?? namesOf(folder, services, folder.id === rootId)
      const from = indexAfter(names, position.after)
      const page = names.slice(from, from + pageEntries)
      const entries = await entriesOf(folder, page, { ...services, signal })
      const isLast = from + page.length >= names.length
      if (isLast) snapshots.drop(position.snapshot)
      const snapshot = isLast || kept !== null ? position.snapshot : snapshots.keep({ folder: folder.id, names })
      return { entries, next: isLast ? null : `${snapshot}:${page.at(-1)}` }
    } finally {
      folder.close()
    }
  }
}

function folderId(stats: FileStats | null): string {
  return `${stats?.dev}:${stats?.ino}`
}

/** The number of a snapshot, and the name in it behind which the page begins. */
function parseCursor(cursor = '0:'): { readonly snapshot: number; readonly after: string } {
  const colon = cursor.indexOf(':')
  return { snapshot: Number(cursor.slice(0, colon)), after: cursor.slice(colon + 1) }
}

function namesOf(folder: OpenFolder, { confined, entries, logger }: ListServices, isRoot: boolean): readonly string[] {
  const kindOfLink = (name: string): Kind | null =>
    linkedEntry(childKey(folder.key, name), confined, entries)?.kind ?? null
  const { sorted, unshowable } = folderNames(folder.path, kindOfLink)
  if (unshowable > 0)
    logger.warn('Names with control characters or bad UTF-8 were left out of a listing.', { unshowable })
  return isRoot ? sorted.filter((name) => !isOwnName(withoutSlash(name))) : sorted
}

/** What a link leads to, as an entry of the link's name. Null when that is outside, missing, or no file and no folder. */
function linkedEntry(key: ObjectKey, confined: Confined, entries: Entries): Entry | null {
  try {
    return confined.at(key, 'follow', ({ stats }) => stats && entries.of(key, stats))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

interface Reading extends ListServices {
  readonly signal: AbortSignal | undefined
}

async function entriesOf(folder: OpenFolder, names: readonly string[], services: Reading): Promise<readonly Entry[]> {
  const found: Entry[] = []
  for (const [index, bytes] of names.entries()) {
    if (index % sliceEntries === 0 && index > 0) {
      await nextTurn()
      refuseWhenAborted(services.signal)
    }
    const entry = entryNamed(decodeName(withoutSlash(bytes)) ?? '', folder, services)
    if (entry !== null) found.push(entry)
  }
  return found
}

function withoutSlash(name: string): string {
  return name.endsWith('/') ? name.slice(0, -1) : name
}

/** Null when it went away since the folder was read. */
function entryNamed(name: string, folder: OpenFolder, { confined, entries }: ListServices): Entry | null {
  const key = childKey(folder.key, name)
  const stats = lstat(`${folder.path}/${name}`)
  if (stats === null) return null
  return stats.isSymbolicLink() ? linkedEntry(key, confined, entries) : entries.of(key, stats)
}
