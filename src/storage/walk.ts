import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ObjectKey } from '../core/paths.ts'
import type { CallOptions, DirectoryEntry, Entry, ListOptions, ListPage, Storage } from './contract.ts'

/** All pages of a directory, each fetched when it is asked for. @throws as `list` does, on any page. */
export async function* listAll(
  storage: Storage,
  directory: ObjectKey,
  options: ListOptions = {},
): AsyncGenerator<readonly Entry[], void> {
  let cursor: string | null = options.cursor ?? null
  do {
    const page = await storage.list(directory, cursor === null ? options : { ...options, cursor })
    yield page.entries
    cursor = page.next
  } while (cursor !== null)
}

/**
 * All pages of a directory, for showing: while one is used the next is on its way, so that neither the store nor the reader
 * waits for the other. Never more than that one. @throws as `list` does, on any page.
 */
export async function* listAhead(
  storage: Storage,
  directory: ObjectKey,
  { signal, ...options }: ListOptions = {},
): AsyncGenerator<readonly Entry[], void> {
  const stop = new AbortController()
  const call = { ...options, signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]) }
  let coming: Promise<ListPage> | null = storage.list(directory, call)
  try {
    while (coming !== null) {
      const { entries, next }: ListPage = await coming
      coming = next === null ? null : storage.list(directory, { ...call, cursor: next })
      coming?.catch(() => {}) // thrown when its turn comes; without one, nobody has to hear of it
      yield entries
    }
  } finally {
    // Somebody may have stopped in the middle.
    if (coming !== null) stop.abort()
  }
}

export interface WalkOptions extends CallOptions {
  /** Whether a directory comes before what it holds (the default) or after: 'last' is for removing. */
  readonly directories?: 'first' | 'last'
}

interface Level {
  readonly directory: DirectoryEntry
  readonly entries: AsyncIterator<Entry>
}

/**
 * Entries, each times its depth, between turns for others: a disk answers at once, by as many calls as there are folders above, and
 * so does what is done with each.
 */
const turnWork = 2000

/**
 * Everything below a directory, depth first, in key order. Holds one page for each level and nothing else. A directory that
 * is its own ancestor (a link that leads back) is named, not entered again.
 */
export async function* walk(
  storage: Storage,
  directory: ObjectKey,
  options: WalkOptions = {},
): AsyncGenerator<Entry, void> {
  const { directories = 'first', ...call } = options
  const open = (entry: DirectoryEntry): Level => ({ directory: entry, entries: entriesOf(storage, entry.key, call) })
  const start = await storage.stat(directory, call)
  const root: DirectoryEntry = { kind: 'directory', key: directory, modified: null, unique: start?.unique ?? '' }
  const levels: Level[] = [open(root)]
  let work = 0
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    work += levels.length
    if (work > turnWork) {
      await nextTurn()
      work = 0
    }
    const { done, value } = await level.entries.next()
    if (done === true) {
      levels.pop()
      if (directories === 'last' && level.directory !== root) yield level.directory
      continue
    }
    const isEntered = value.kind === 'directory' && !levels.some((above) => above.directory.unique === value.unique)
    if (!isEntered || directories === 'first') yield value
    if (isEntered) levels.push(open(value))
  }
}

async function* entriesOf(storage: Storage, directory: ObjectKey, options: CallOptions): AsyncGenerator<Entry, void> {
  for await (const page of listAll(storage, directory, options)) yield* page
}
