import { GatewayError } from '../core/errors.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { Entry, FileEntry, StatOptions } from '../storage/contract.ts'
import { fixedEntry, keptEntry, placedEntry } from './entries.ts'
import type { OpenTreeFile, ReadRange, TreeEntry, TreeOptions } from './file-tree.ts'
import type { MountedPlace, Place } from './mounts.ts'
import { requireAny, requireMounted } from './permissions.ts'
import { keptBytes } from './upload/kept.ts'
import type { View } from './view.ts'

/** MDTM and STAT. */
export async function statEntry(view: View, path: VirtualPath, options: TreeOptions): Promise<TreeEntry> {
  const place = view.table.locate(path)
  requireAny(view.rightsAt(place), path, 'list', 'read')
  return entryAt(view, place, options)
}

/** MLST. The owner of a kept upload is told where to go on from, as by SIZE. */
export async function describeEntry(view: View, path: VirtualPath, options: TreeOptions): Promise<TreeEntry> {
  const place = view.table.locate(path)
  const bytes = await keptBytes(view, place, options)
  return bytes === null ? statEntry(view, path, options) : keptEntry(path, view.styleAt(place), bytes)
}

/** CWD: asks for no permission, and tells of files as little as it can. */
export async function enterFolder(view: View, path: VirtualPath, options: TreeOptions): Promise<void> {
  const place = view.table.locate(path)
  if (place.isFixed) return
  const entry = await entryAt(view, place, { ...options, expect: 'directory' })
  if (entry.kind === 'directory') return
  if (view.isBlind) throw notFound(path)
  throw new GatewayError('not-directory', `${path}: Not a folder.`)
}

/** SIZE. A folder is refused as well as nothing, so no store is asked twice. The owner of a kept upload is told where to go on from, also where it may not see the folder. */
export async function fileSize(view: View, path: VirtualPath, options: TreeOptions): Promise<number> {
  const place = view.table.locate(path)
  const kept = await keptBytes(view, place, options)
  if (kept !== null) return kept
  requireAny(view.rightsAt(place), path, 'list', 'read')
  return (await findFile(view, path, { ...options, only: 'file' })).file.bytes
}

/** RETR. Whoever opened it closes it. */
export async function openFile(view: View, path: VirtualPath, options: ReadRange & TreeOptions): Promise<OpenTreeFile> {
  const place = view.table.locate(path)
  requireAny(view.rightsAt(place), path, 'read')
  requireFilePlace(place)
  const file = await place.mount.storage.read(place.key, options)
  return { entry: placedEntry(place, view.styleAt(place), file.entry), body: file.body, close: () => file.close() }
}

/** The file under a path, whatever the account's rights. @throws GatewayError 'not-found', 'is-directory'. */
export async function findFile(
  view: View,
  path: VirtualPath,
  options: TreeOptions & Pick<StatOptions, 'only'>,
): Promise<{ readonly place: MountedPlace; readonly file: FileEntry }> {
  const place = view.table.locate(path)
  requireFilePlace(place)
  const file = await place.mount.storage.stat(place.key, { ...options, expect: 'file' })
  if (file === null) throw notFound(path)
  if (file.kind === 'directory') throw isDirectory(path)
  return { place, file }
}

/** What is stored at a place; null also outside of all mounts. */
export async function storedAt({ mount, key }: Place, options: StatOptions): Promise<Entry | null> {
  return mount === null ? null : mount.storage.stat(key, options)
}

/** @throws GatewayError 'is-directory' for a folder made by mounts, 'not-found' outside of all mounts. */
export function requireFilePlace(place: Place): asserts place is MountedPlace {
  if (place.isFixed) throw isDirectory(place.path)
  if (place.mount === null) throw notFound(place.path)
}

/** What can be removed, renamed, replaced or changed: inside a mount, and no folder made by mounts. */
export function requireChangeable(place: Place): asserts place is MountedPlace {
  requireMounted(place)
  if (place.isFixed) throw new GatewayError('permission-denied', `${place.path}: This folder is fixed.`)
}

export function notFound(path: VirtualPath): GatewayError {
  return new GatewayError('not-found', `${path}: No such file or folder.`)
}

export function isDirectory(path: VirtualPath): GatewayError {
  return new GatewayError('is-directory', `${path}: This is a folder.`)
}

async function entryAt(view: View, place: Place, options: StatOptions): Promise<TreeEntry> {
  const style = view.styleAt(place)
  const entry = await storedAt(place, options)
  if (place.isFixed) return fixedEntry(place.path, style, entry)
  if (entry === null) throw notFound(place.path)
  return placedEntry(place, style, entry)
}
