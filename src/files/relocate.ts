import { GatewayError, isGatewayError } from '../core/errors.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { Entry, FileEntry } from '../storage/contract.ts'
import type { TreeOptions, Watched } from './file-tree.ts'
import { withFixedParents } from './folders.ts'
import { findFile, notFound, requireChangeable, storedAt } from './look.ts'
import { isSamePlace, wholeKey, type MountedPlace } from './mounts.ts'
import { denied, requireAny } from './permissions.ts'
import { requireUnheld } from './tree/held-folders.ts'
import { moveFolder } from './tree/move-folder.ts'
import { tooLarge } from './upload/metering.ts'
import type { View } from './view.ts'

interface Move {
  readonly source: MountedPlace
  readonly target: MountedPlace
  /** Whether a file in the way is replaced. */
  readonly mayReplace: boolean
  readonly call: TreeOptions
}

/** RNFR. @throws GatewayError 'permission-denied', 'not-found'. */
export async function prepareRename(view: View, path: VirtualPath, options: TreeOptions): Promise<void> {
  await findMovable(view, path, options)
}

/**
 * RNTO. Within one storage the storage renames; a file also moves between storages, by a verified copy.
 * @throws GatewayError 'permission-denied', 'not-found', 'already-exists' for a folder in the way, 'is-directory' for a
 *   folder into itself, 'unsupported' for a folder between storages, 'too-busy' while a folder there is moved or removed.
 */
export async function rename(
  view: View,
  from: VirtualPath,
  { to, progress, ...options }: TreeOptions & { readonly to: VirtualPath } & Watched,
): Promise<void> {
  const { place: source, entry } = await findMovable(view, from, options)
  const target = view.table.locate(to)
  const rights = view.rightsAt(target)
  requireAny(rights, to, 'rename')
  if (to === from) return
  requireChangeable(target)
  if (isSamePlace(source, target)) return
  const move = { source, target, mayReplace: rights.has('overwrite'), call: options }
  if (entry.kind === 'directory') return moveFolder(view, { source, target, call: { ...options, progress } })
  await requireUnheld(view, from)
  await requireUnheld(view, to)
  await renameFile(view, entry, move)
}

/** SITE CPTO: a file, with its metadata. @throws GatewayError as reading and writing do. */
export async function copyFile(
  view: View,
  from: VirtualPath,
  { to, ...options }: TreeOptions & { readonly to: VirtualPath },
): Promise<void> {
  requireAny(view.rightsAt(view.table.locate(from)), from, 'read')
  const target = view.table.locate(to)
  const rights = view.rightsAt(target)
  requireAny(rights, to, 'write', 'overwrite')
  requireChangeable(target)
  const { place: source, file } = await findFile(view, from, options)
  const { maxFileBytes } = view.account
  if (maxFileBytes !== null && file.bytes > maxFileBytes) throw tooLarge(to)
  if (isSamePlace(source, target)) return requireAny(rights, to, 'overwrite')
  const needsOld = view.quota.isLimited || !rights.has('write')
  const old = needsOld ? await storedAt(target, options) : null
  if (old === null && !rights.has('write')) throw denied(to)
  const room = view.quota.reservation(to)
  try {
    await room.cover(file.bytes)
    await copyContent(view, file, { source, target, mayReplace: rights.has('overwrite'), call: options })
    await room.close(file.bytes - (old?.kind === 'file' ? old.bytes : 0))
  } finally {
    await room.close(0)
  }
}

async function findMovable(
  view: View,
  path: VirtualPath,
  options: TreeOptions,
): Promise<{ readonly place: MountedPlace; readonly entry: Entry }> {
  const place = view.table.locate(path)
  requireAny(view.rightsAt(place), path, 'rename')
  requireChangeable(place)
  // The storage finds out when it moves it.
  const entry = await storedAt(place, { ...options, recent: true })
  if (entry === null) throw notFound(path)
  return { place, entry }
}

async function renameFile(view: View, file: FileEntry, move: Move): Promise<void> {
  const { source, target, call } = move
  const old = view.quota.isLimited ? await storedAt(target, call) : null
  const { whole } = target.mount
  if (source.mount.whole === whole && whole.rename !== undefined) {
    await makeRoot(target)
    await refusingToReplace(move, (ifAbsent) =>
      withFixedParents(view, target, async () =>
        whole.rename?.(wholeKey(source), wholeKey(target), { ifAbsent, ...call }),
      ),
    )
  } else {
    await copyContent(view, file, move)
    if (source.mount.whole !== whole) await requireUnchanged(file, move)
    await source.mount.storage.remove(source.key, call)
  }
  if (old?.kind === 'file') await view.quota.change(-old.bytes)
}

/** The target is whole, or as it was before. */
async function copyContent(view: View, file: FileEntry, move: Move): Promise<void> {
  const { source, target, call } = move
  const { whole } = target.mount
  if (source.mount.whole !== whole) return copyAcross(view, file, move)
  await makeRoot(target)
  const copy = await refusingToReplace(move, (ifAbsent) =>
    withFixedParents(view, target, () => whole.copy(wholeKey(source), wholeKey(target), { ifAbsent, ...call })),
  )
  requireWhole(file, copy, move)
}

async function copyAcross(view: View, file: FileEntry, move: Move): Promise<void> {
  const { source, target, call } = move
  const staging = { declaredBytes: file.bytes, modified: file.modified, ...call }
  const upload = await refusingToReplace(move, (ifAbsent) =>
    withFixedParents(view, target, () => target.mount.storage.stage(target.key, { ifAbsent, ...staging })),
  )
  try {
    const open = await source.mount.storage.read(source.key, { ifVersion: file.version, ...call })
    try {
      await upload.append(exactly(file, open.body), call)
    } finally {
      await open.close()
    }
    requireWhole(file, await refusingToReplace(move, () => upload.publish(call)), move)
  } catch (error) {
    await upload.discard()
    throw error
  }
}

/** A mount's prefix is a folder from the start, but perhaps nothing was put into it yet. */
async function makeRoot({ mount: { whole, prefix } }: MountedPlace): Promise<void> {
  if (prefix !== '') await whole.makeRoot?.(prefix)
}

/** A body that ended early without an error must not become the file. */
async function* exactly(file: FileEntry, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    yield chunk
  }
  if (bytes !== file.bytes) throw new GatewayError('unavailable', 'The file could not be read whole.')
}

/** Nor may a copy that is not whole cost the source. */
function requireWhole(file: FileEntry, copy: FileEntry, { source }: Move): void {
  if (file.bytes !== copy.bytes) throw new GatewayError('corrupted', `${source.path}: The copy is not like its source.`)
}

/** Copying takes its time: what was stored under the source's name meanwhile was not copied, and stays. */
async function requireUnchanged(file: FileEntry, { source, call }: Move): Promise<void> {
  const now = await source.mount.storage.stat(source.key, call)
  if (now?.kind === 'file' && now.version === file.version) return
  throw new GatewayError('conflict', `${source.path}: The file was changed while it was moved.`)
}

/** Without the right to replace, the target has to be absent, and one answer covers all that could be there. */
async function refusingToReplace<T>({ target, mayReplace }: Move, task: (ifAbsent: boolean) => Promise<T>): Promise<T> {
  try {
    return await task(!mayReplace)
  } catch (error) {
    if (!mayReplace && isGatewayError(error, 'already-exists')) throw denied(target.path, error)
    throw error
  }
}
