import { GatewayError, isGatewayError } from '../core/errors.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { TreeOptions } from './file-tree.ts'
import { requireChangeable } from './look.ts'
import type { MountedPlace } from './mounts.ts'
import { requireAny } from './permissions.ts'
import type { View } from './view.ts'

/**
 * MFMT, MFF, SITE UTIME. Of a file that is yet to come, the time is kept for its upload.
 * @throws GatewayError 'permission-denied', 'not-found', 'unsupported'.
 */
export async function setModified(
  view: View,
  path: VirtualPath,
  { modified, ...options }: TreeOptions & { readonly modified: Date },
): Promise<void> {
  const { mount, key } = attributePlace(view, path)
  if (mount.storage.setModified === undefined) throw unsupported(path)
  try {
    await mount.storage.setModified(key, modified, options)
  } catch (error) {
    if (!isGatewayError(error, 'not-found')) throw error
    view.announced.note(path, modified)
    const cause = { cause: error }
    throw new GatewayError('not-found', `${path}: No such file; if it comes now, it bears that time.`, cause)
  }
}

/** SITE CHMOD. @throws GatewayError 'permission-denied', 'not-found', 'unsupported'. */
export async function setMode(
  view: View,
  path: VirtualPath,
  { mode, ...options }: TreeOptions & { readonly mode: number },
): Promise<void> {
  const { mount, key } = attributePlace(view, path)
  if (mount.storage.setMode === undefined) throw unsupported(path)
  await mount.storage.setMode(key, mode, options)
}

/** AVBL: the quota left or the free space, whichever is less; nothing where nothing may be stored. */
export async function availableBytes(view: View, path: VirtualPath, options: TreeOptions): Promise<number> {
  const place = view.table.locate(path)
  requireAny(view.account.permissions, path, 'list', 'read', 'write', 'overwrite', 'append')
  const canStore = ['write', 'overwrite', 'append'] as const
  if (place.mount === null || !canStore.some((permission) => view.rightsAt(place).has(permission))) return 0
  const free = await place.mount.storage.availableBytes?.(options)
  return Math.min(free ?? Infinity, await view.quota.left(), Number.MAX_SAFE_INTEGER)
}

/** A drop box may put new files and nothing else: `write` alone changes nothing that is there. */
function attributePlace(view: View, path: VirtualPath): MountedPlace {
  const place = view.table.locate(path)
  if (view.isBlind) requireAny(view.rightsAt(place), path, 'overwrite')
  requireAny(view.rightsAt(place), path, 'write', 'overwrite')
  requireChangeable(place)
  return place
}

function unsupported(path: VirtualPath): GatewayError {
  return new GatewayError('unsupported', `${path}: The storage keeps no such thing.`)
}
