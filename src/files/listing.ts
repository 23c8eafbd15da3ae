import { isGatewayError } from '../core/errors.ts'
import { compareKeys, sortKey } from '../core/key-order.ts'
import { baseName, childPath, hasControlCharacter, type VirtualPath } from '../core/paths.ts'
import type { Entry } from '../storage/contract.ts'
import { listAhead } from '../storage/walk.ts'
import { fixedEntry, placedEntry, treeEntry } from './entries.ts'
import type { Listing, TreeEntry, TreeOptions } from './file-tree.ts'
import { notFound, storedAt } from './look.ts'
import type { Place } from './mounts.ts'
import { requireAny } from './permissions.ts'
import type { View } from './view.ts'

/**
 * A folder's entries: what its storage holds, with the folders that mounts put there, in key order. A mount hides what
 * the storage has under the same name.
 * @throws GatewayError 'permission-denied', 'not-found', 'not-directory'.
 */
export async function listFolder(view: View, path: VirtualPath, options: TreeOptions): Promise<Listing> {
  const place = view.table.locate(path)
  requireAny(view.rightsAt(place), path, 'list')
  const names = view.table.namesBelow(path)
  const pages = merged(storedPages(place, options), fixedEntries(view, place, names), (page) =>
    visibleEntries(view, place, { page, names }),
  )
  const first = await pages.next()
  return { entry: await folderEntry(view, place, options), pages: resumed(first, pages) }
}

/** Asked after the first page, so that a storage which has just listed the folder need not look for it again. */
async function folderEntry(view: View, place: Place, options: TreeOptions): Promise<TreeEntry> {
  const style = view.styleAt(place)
  const entry = await storedAt(place, { ...options, expect: 'directory', recent: true })
  if (place.isFixed) return fixedEntry(place.path, style, entry)
  if (entry === null) throw notFound(place.path)
  return placedEntry(place, style, entry)
}

async function* storedPages(place: Place, options: TreeOptions): AsyncGenerator<readonly Entry[], void> {
  const { mount, key, isFixed, path } = place
  if (mount === null) {
    if (!isFixed) throw notFound(path)
    return
  }
  try {
    yield* listAhead(mount.storage, key, options)
  } catch (error) {
    // A folder between mounts exists whether or not the storage around it knows of it.
    if (!isFixed || !isGatewayError(error, 'not-found', 'not-directory')) throw error
  }
}

/** Names that could not be said in a path, or could forge a line, were put there by others; they are left out. */
function visibleEntries(
  view: View,
  place: Place,
  { page, names }: { readonly page: readonly Entry[]; readonly names: readonly string[] },
): readonly TreeEntry[] {
  const shared = { style: view.styleAt(place), tag: place.mount?.tag ?? '' }
  const visible: TreeEntry[] = []
  for (const entry of page) {
    const name = baseName(entry.key)
    if (names.length > 0 && names.includes(name)) continue
    if (name === '' || name === '.' || name === '..' || hasControlCharacter(name))
      view.logger.warn('an entry with an unusable name was left out of a listing', { path: place.path, name })
    else visible.push(treeEntry(entry, name, shared))
  }
  return visible
}

function fixedEntries(view: View, place: Place, names: readonly string[]): TreeEntry[] {
  return names
    .map((name) => childPath(place.path, name))
    .map((path) => fixedEntry(path, view.styleAt(view.table.locate(path)), null))
    .sort((a, b) => compareKeys(orderOf(a), orderOf(b)))
}

/** Both in key order; a page of entries with the fixed ones that belong before its last. */
async function* merged(
  pages: AsyncIterable<readonly Entry[]>,
  fixed: TreeEntry[],
  visible: (page: readonly Entry[]) => readonly TreeEntry[],
): AsyncGenerator<readonly TreeEntry[], void> {
  for await (const page of pages) {
    const entries = visible(page)
    if (fixed.length === 0) {
      yield entries
      continue
    }
    const result: TreeEntry[] = []
    for (const entry of entries) {
      result.push(...takeBefore(fixed, orderOf(entry)), entry)
    }
    yield result
  }
  if (fixed.length > 0) yield fixed
}

function takeBefore(fixed: TreeEntry[], order: string): readonly TreeEntry[] {
  const end = fixed.findIndex((entry) => compareKeys(orderOf(entry), order) > 0)
  return fixed.splice(0, end < 0 ? fixed.length : end)
}

function orderOf(entry: TreeEntry): string {
  return sortKey({ kind: entry.kind, key: entry.name })
}

async function* resumed<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  if (first.done === true) return
  try {
    yield first.value
    yield* rest
  } finally {
    await rest.return()
  }
}
