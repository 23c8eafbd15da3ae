import { GatewayError, isGatewayError } from '../core/errors.ts'
import { parentKey, parentPath, type ObjectKey, type VirtualPath } from '../core/paths.ts'
import { refuseWhenAborted } from '../storage/abortable.ts'
import type { CallOptions, FileEntry, Storage } from '../storage/contract.ts'
import { walk } from '../storage/walk.ts'
import type { TreeOptions, Watched } from './file-tree.ts'
import { isDirectory, requireChangeable, requireFilePlace, storedAt } from './look.ts'
import { wholeKey, type MountedPlace } from './mounts.ts'
import { requireAny, requireMounted } from './permissions.ts'
import { requireUnheld } from './tree/held-folders.ts'
import { removePieces } from './tree/remove-folder.ts'
import { dropKeptBelow } from './upload/drop-kept-below.ts'
import { dropWaitingBelow } from './waiting/settling.ts'
import { dropKept } from './upload/kept.ts'
import type { View } from './view.ts'

/** MKD. @throws GatewayError 'permission-denied', 'already-exists', 'not-found' and 'not-directory' for the parent. */
export async function makeFolder(view: View, path: VirtualPath, options: TreeOptions): Promise<void> {
  const place = view.table.locate(path)
  requireAny(view.account.permissions, path, 'makeDirectory')
  if (place.isFixed) throw new GatewayError('already-exists', `${path}: This folder exists.`)
  requireAny(view.rightsAt(place), path, 'makeDirectory')
  requireMounted(place)
  await withParents(view, place, () => place.mount.storage.makeDirectory(place.key, options))
}

/** RMD. @throws GatewayError 'permission-denied', 'not-found', 'not-directory', 'directory-not-empty'. */
export async function removeFolder(view: View, path: VirtualPath, options: TreeOptions): Promise<void> {
  const place = removablePlace(view, path)
  await place.mount.storage.removeDirectory(place.key, options)
}

/** DELE: the file, and what is kept of an upload for it, also alone. @throws GatewayError 'permission-denied', 'not-found', 'is-directory'. */
export async function removeFile(view: View, path: VirtualPath, options: TreeOptions): Promise<void> {
  const place = view.table.locate(path)
  requireAny(view.account.permissions, path, 'delete')
  if (place.isFixed) throw isDirectory(path)
  requireAny(view.rightsAt(place), path, 'delete')
  requireFilePlace(place)
  const old = view.quota.isLimited ? await storedAt(place, options) : null
  try {
    await place.mount.storage.remove(place.key, options)
  } catch (error) {
    // SIZE tells of what is kept, so whoever told the file to go means it too.
    if (isGatewayError(error, 'not-found') && (await dropKept(view, place))) return
    throw error
  }
  await dropKept(view, place)
  if (old?.kind === 'file') await view.quota.change(-old.bytes)
}

/** RMDA: the folder and all it holds. Stops between two entries when aborted; what is gone by then stays gone. */
export async function removeTree(
  view: View,
  path: VirtualPath,
  { progress, ...options }: TreeOptions & Watched,
): Promise<void> {
  const place = removablePlace(view, path)
  const { storage, whole } = place.mount
  await dropKeptBelow(view, place)
  const waiting = view.waiting.get(place.mount.name)
  if (waiting !== undefined) await view.quota.change(-(await dropWaitingBelow(waiting, wholeKey(place))))
  if (whole.pieces !== undefined) {
    return removePieces(view, { place, call: { ...options, progress } }, whole.pieces)
  }
  await requireUnheld(view, path)
  const told = (done: number) => progress?.({ phase: 'removing', done, total: null })
  let count = 0
  for await (const entry of walk(storage, place.key, { ...options, directories: 'last' })) {
    refuseWhenAborted(options.signal)
    if (entry.kind === 'file') await removeCounted(view, storage, { file: entry, ...options })
    else await removeEmptied(storage, entry.key, options)
    count++
    told(count)
  }
  refuseWhenAborted(options.signal)
  await (count > 0 ? removeEmptied(storage, place.key, options) : storage.removeDirectory(place.key, options))
  told(count + 1)
}

/** Runs what needs a parent folder, and once more with missing ones made, for accounts that have them made. */
export async function withParents<T>(view: View, place: MountedPlace, task: () => Promise<T>): Promise<T> {
  return view.account.makeParents ? withMadeParents(place, task) : withFixedParents(view, place, task)
}

/** The same for folders between mounts alone: everybody sees them, whether the storage around them has them or not. */
export async function withFixedParents<T>(view: View, place: MountedPlace, task: () => Promise<T>): Promise<T> {
  return view.table.locate(parentPath(place.path)).isFixed ? withMadeParents(place, task) : task()
}

async function withMadeParents<T>({ mount, key }: MountedPlace, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!isGatewayError(error, 'not-found') || parentKey(key) === '') throw error
    await makeDirectories(mount.storage, parentKey(key))
    return task()
  }
}

/** With all above it; those that are there stay. */
export async function makeDirectories(storage: Storage, key: ObjectKey): Promise<void> {
  if (key === '') return
  try {
    await storage.makeDirectory(key)
  } catch (error) {
    if (isGatewayError(error, 'already-exists')) return
    if (!isGatewayError(error, 'not-found')) throw error
    await makeDirectories(storage, parentKey(key))
    await makeDirectories(storage, key)
  }
}

function removablePlace(view: View, path: VirtualPath): MountedPlace {
  const place = view.table.locate(path)
  requireAny(view.rightsAt(place), path, 'delete')
  requireChangeable(place)
  return place
}

async function removeCounted(
  view: View,
  storage: Storage,
  { file, ...options }: CallOptions & { readonly file: FileEntry },
): Promise<void> {
  await storage.remove(file.key, options)
  await view.quota.change(-file.bytes)
}

/** Where directories are only prefixes, they go with the last of their files. */
async function removeEmptied(storage: Storage, key: ObjectKey, options: CallOptions): Promise<void> {
  try {
    await storage.removeDirectory(key, options)
  } catch (error) {
    if (!isGatewayError(error, 'not-found')) throw error
  }
}
