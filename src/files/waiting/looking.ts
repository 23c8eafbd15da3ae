import { hash } from 'node:crypto'
import { isGatewayError } from '../../core/errors.ts'
import { compareEntries, compareKeys, sortKey } from '../../core/key-order.ts'
import { rootKey, type ObjectKey } from '../../core/paths.ts'
import type { WaitingUpload } from '../../state/waiting-uploads.ts'
import type { DirectoryEntry, Entry, FileEntry, ListOptions, ListPage, StatOptions } from '../../storage/contract.ts'
import { inDirectory, noteStored, waitingAt, waitingBelow, type WaitingContext } from './context.ts'

/** The file that an account sees for its waiting upload. */
export function waitingEntry({ id, key, bytes, modified, hashes }: WaitingUpload): FileEntry {
  return {
    kind: 'file',
    key: key as ObjectKey,
    bytes,
    modified,
    hashes,
    version: waitingVersion({ id }),
    unique: uniqueOf(key),
  }
}

/** Of the file that is seen for it. */
export function waitingVersion({ id }: Pick<WaitingUpload, 'id'>): string {
  return `waiting ${id}`
}

/** What waits hides what is stored under its name. Its folder is there for its account, whoever has removed it. */
export async function stat(context: WaitingContext, key: ObjectKey, options?: StatOptions): Promise<Entry | null> {
  const upload = await waitingAt(context, key)
  if (upload !== null) return waitingEntry(upload)
  const entry = await context.inner.stat(key, options)
  if (entry === null) return (await waitingBelow(context, key)).length > 0 ? directoryEntry(key) : null
  if (entry.kind === 'file') noteStored(context, key)
  return asTold(context, entry)
}

/** A content that has waited keeps the version that was told of it then. */
export function asTold<E extends Entry>({ versions }: WaitingContext, entry: E): E {
  const told = entry.kind === 'file' ? versions.toldOf(entry.version) : null
  return told === null ? entry : { ...entry, version: told }
}

/** Where a listing goes on: the store's own word, and what the page before it ended with. */
interface Cursor {
  readonly next: string
  readonly after: string | null
}

/** One page of the storage, with what waits in its place among it. */
export async function list(
  context: WaitingContext,
  directory: ObjectKey,
  { cursor, ...call }: ListOptions = {},
): Promise<ListPage> {
  const from = cursor === undefined ? null : (JSON.parse(cursor) as Cursor)
  const hidden = await entriesBelow(context, directory)
  const page = await storedPage(context, directory, { ...call, ...(from && { cursor: from.next }) }, hidden.length > 0)
  const after = from?.after ?? null
  const last = page.entries.at(-1)
  const end = last === undefined ? after : sortKey(last)
  const next = page.next === null ? null : JSON.stringify({ next: page.next, after: end } satisfies Cursor)
  const isInPage = (entry: Entry) =>
    (after === null || compareKeys(sortKey(entry), after) > 0) &&
    (next === null || (end !== null && compareKeys(sortKey(entry), end) <= 0))
  for (const { kind, key } of page.entries) if (kind === 'file') noteStored(context, key)
  const stored = page.entries.map((entry) => asTold(context, entry))
  return { entries: overlaid(stored, hidden.filter(isInPage)), next }
}

async function storedPage(
  context: WaitingContext,
  directory: ObjectKey,
  options: ListOptions,
  isFolderOfOurs: boolean,
): Promise<ListPage> {
  try {
    return await inDirectory(context, directory, () => context.inner.list(directory, options))
  } catch (error) {
    if (isFolderOfOurs && isGatewayError(error, 'not-found')) return { entries: [], next: null }
    throw error
  }
}

/** What waits in the directory, and the directories that lead to what waits below it. */
async function entriesBelow(context: WaitingContext, directory: ObjectKey): Promise<readonly Entry[]> {
  const depth = directory === rootKey ? 0 : directory.length + 1
  const entries = new Map<string, Entry>()
  for (const upload of await waitingBelow(context, directory)) {
    const slash = upload.key.indexOf('/', depth)
    const entry = slash < 0 ? waitingEntry(upload) : directoryEntry(upload.key.slice(0, slash) as ObjectKey)
    entries.set(sortKey(entry), entry)
  }
  return [...entries.values()]
}

function overlaid(entries: readonly Entry[], waiting: readonly Entry[]): readonly Entry[] {
  if (waiting.length === 0) return entries
  const stored = new Map(entries.map((entry) => [sortKey(entry), entry]))
  for (const entry of waiting) {
    const known = stored.get(sortKey(entry))
    // A directory that the store knows has a time.
    if (known === undefined || known.kind === 'file') stored.set(sortKey(entry), entry)
  }
  return [...stored.values()].toSorted(compareEntries)
}

function directoryEntry(key: ObjectKey): DirectoryEntry {
  return { kind: 'directory', key, modified: null, unique: uniqueOf(`${key}/`) }
}

/** As object storages make it, so that an entry stays the same one when it becomes an object. */
function uniqueOf(text: string): string {
  return hash('sha256', text).slice(0, 24)
}
