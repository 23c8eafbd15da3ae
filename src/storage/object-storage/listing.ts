import { compareEntries, sortKey } from '../../core/key-order.ts'
import { GatewayError } from '../../core/errors.ts'
import { rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, Entry, ListOptions, ListPage } from '../contract.ts'
import type { ListedObject, ObjectPage } from '../object-http/object-types.ts'
import { refuseHidden } from './bucket-keys.ts'
import { directoryEntry, listedEntry, noteMarker } from './entries.ts'
import type { FileVersion } from './known-times.ts'
import { isDirectory, nearestFile } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/** Where a listing goes on: the store's own word, and the last entry shown, for what is laid over the pages. */
interface Cursor {
  readonly next: string
  readonly after: string | null
}

/** One page of a directory: one request, and a second one only to tell an empty folder from none. */
export async function list(
  parts: ObjectStorageParts,
  directory: ObjectKey,
  { cursor, ...call }: ListOptions = {},
): Promise<ListPage> {
  refuseHidden(directory)
  const from = cursor === undefined ? null : readCursor(cursor)
  const prefix = parts.keys.directory(directory)
  const page =
    from === null
      ? await firstPage(parts, directory, call)
      : await parts.client.listObjects({ ...call, prefix, delimiter: '/', cursor: from.next })
  parts.directories.note(directory)
  const shown = shownOf(parts, page, directory)
  // Times that files bear by themselves, for the whole page at once.
  await parts.times.load(shown.files)
  const listed = entriesOf(parts, shown)
  const last = page.next === null ? null : sortKeyOf(listed.at(-1), from?.after ?? null)
  const entries = parts.recent?.overlaid(directory, listed, { after: from?.after ?? null, last }) ?? listed
  return { entries, next: page.next === null ? null : JSON.stringify({ next: page.next, after: last }) }
}

/** The marker of a directory that is known to be there would take the place of an entry: it is passed over. */
async function firstPage(parts: ObjectStorageParts, directory: ObjectKey, call: CallOptions): Promise<ObjectPage> {
  const prefix = parts.keys.directory(directory)
  const isBehindMarker = directory !== rootKey && parts.directories.has(directory)
  const range = isBehindMarker ? { after: prefix } : {}
  const page = await parts.client.listObjects({ ...call, ...range, prefix, delimiter: '/' })
  if (page.next !== null || !isEmpty(page)) return page
  if (!isBehindMarker || !(await isDirectory(parts, directory, call))) await requireDirectory(parts, directory, call)
  return page
}

function sortKeyOf(entry: Entry | undefined, otherwise: string | null): string | null {
  return entry === undefined ? otherwise : sortKey(entry)
}

function isEmpty({ objects, prefixes }: ObjectPage): boolean {
  return objects.length === 0 && prefixes.length === 0
}

/** @throws GatewayError 'not-directory', 'not-found': nothing is there, not even a marker. */
async function requireDirectory(parts: ObjectStorageParts, directory: ObjectKey, call: CallOptions): Promise<void> {
  if (directory === rootKey) return
  parts.directories.forget(directory)
  if (parts.recent?.overlaid(directory, [], { after: null, last: null }).length) return
  if (await nearestFile(parts, directory, call)) throw refusal('not-directory')
  throw refusal('not-found')
}

interface ShownFile extends FileVersion {
  readonly listed: ListedObject
}

/** What of a page clients may see. Each key is looked at once: pages are long. */
interface Shown {
  readonly files: readonly ShownFile[]
  readonly directories: readonly ObjectKey[]
}

/** The marker of the directory itself is no entry. */
function shownOf({ keys, times, logger }: ObjectStorageParts, page: ObjectPage, directory: ObjectKey): Shown {
  const prefix = keys.directory(directory)
  const files: ShownFile[] = []
  const directories: ObjectKey[] = []
  let unshown = 0
  for (const listed of page.objects) {
    const key = listed.key.endsWith('/') ? null : keys.shown(listed.key)
    if (key !== null) files.push({ key, version: listed.etag, listed })
    else if (listed.key === prefix) noteMarker(directory, listed.modified, times)
    else unshown++
  }
  for (const found of page.prefixes) {
    const key = found.endsWith('//') ? null : keys.shown(found)
    if (key === null) unshown++
    else directories.push(key)
  }
  if (unshown > 0) logger.debug('keys that are no names were left out of a listing', { unshown })
  return { files, directories }
}

/** Objects and prefixes come in two lists, each in its order. */
function entriesOf({ times }: ObjectStorageParts, { files, directories }: Shown): readonly Entry[] {
  const entries: Entry[] = files.map(({ key, listed }) => listedEntry(key, listed, times))
  if (directories.length === 0) return entries
  for (const key of directories) entries.push(directoryEntry(key, times))
  return entries.toSorted(compareEntries)
}

function readCursor(text: string): Cursor {
  try {
    const value = JSON.parse(text) as Cursor
    if (typeof value.next === 'string') return value
  } catch {
    // Said below, in our words.
  }
  throw new GatewayError('internal', 'This is no place in a listing.')
}
