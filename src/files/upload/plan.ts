import { GatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { FileEntry } from '../../storage/contract.ts'
import type { TreeOptions, WriteOptions } from '../file-tree.ts'
import { isDirectory } from '../look.ts'
import type { MountedPlace } from '../mounts.ts'
import { denied, requireAny } from '../permissions.ts'
import type { View } from '../view.ts'
import { requireUnbroken } from './broken.ts'
import { claimKept, returnKept, type KeptUpload } from './kept.ts'

/** How an upload begins, and what must hold when it is published. */
export interface WritePlan {
  /** Bytes in front of the first one that comes. */
  readonly startBytes: number
  /** The file whose first bytes stay; at its publication it must still be this one. */
  readonly base: FileEntry | null
  /** The kept upload that goes on. Its holder gives it back or settles it. */
  readonly kept: KeptUpload | null
  /** May not replace anything. */
  readonly ifAbsent: boolean
  /** What is said when something is there then. */
  readonly taken: (path: VirtualPath, cause?: unknown) => GatewayError
  /** May only replace something. */
  readonly ifPresent: boolean
}

/**
 * Looks at the store only where the account's rights or the offset depend on what is there: an ordinary STOR needs no
 * request but its own.
 * @throws GatewayError 'permission-denied', 'is-directory', 'invalid-restart'.
 */
export async function planWrite(
  view: View,
  place: MountedPlace,
  options: WriteOptions & TreeOptions,
): Promise<WritePlan> {
  if (options.mode === 'store' && (options.start ?? 0) === 0) return planWhole(view, place, options)
  const kept = await claimKept(view, place, options)
  if (kept === null) return planOnto(view, place, options)
  try {
    return planContinued(view, { place, kept, start: options.start ?? 0 })
  } catch (error) {
    await returnKept(view, kept)
    throw error
  }
}

export function invalidRestart(path: VirtualPath): GatewayError {
  return new GatewayError('invalid-restart', `${path}: The restart offset lies beyond what is stored.`)
}

async function planWhole(view: View, place: MountedPlace, options: TreeOptions): Promise<WritePlan> {
  const rights = view.rightsAt(place)
  requireAny(rights, place.path, 'write', 'overwrite')
  if (!rights.has('write')) {
    const old = await place.mount.storage.stat(place.key, options)
    if (old === null) throw denied(place.path)
  }
  return { ...conditions(view, place), startBytes: 0, base: null, kept: null }
}

function planContinued(
  view: View,
  { place, kept, start }: { readonly place: MountedPlace; readonly kept: KeptUpload; readonly start: number },
): WritePlan {
  const { durableBytes } = kept.upload
  if (start > durableBytes) throw invalidRestart(place.path)
  return { ...conditions(view, place), startBytes: start === 0 ? durableBytes : start, base: null, kept }
}

/** REST and STOR, or APPE, onto what is there. */
async function planOnto(view: View, place: MountedPlace, options: WriteOptions & TreeOptions): Promise<WritePlan> {
  const { path } = place
  const rights = view.rightsAt(place)
  const { start = 0 } = options
  const old = await place.mount.storage.stat(place.key, options)
  if (old === null) {
    requireAny(rights, path, 'write')
    if (start > 0) throw invalidRestart(path)
    // Two that append to a file that is not there yet: the second would take the place of what the first has appended.
    const alone = rights.has('overwrite') ? { ifAbsent: true, taken: changed } : {}
    return { ...conditions(view, place), ...alone, startBytes: 0, base: null, kept: null }
  }
  if (old.kind === 'directory') throw isDirectory(path)
  if (start === 0) requireAny(rights, path, 'append')
  else if (start < old.bytes) requireAny(rights, path, 'overwrite')
  else requireAny(rights, path, 'append', 'overwrite')
  if (start > old.bytes) throw invalidRestart(path)
  await requireUnbroken(view, place, old)
  const startBytes = start === 0 ? old.bytes : start
  return { startBytes, base: old, kept: null, ifAbsent: false, taken: changed, ifPresent: true }
}

/** It is no longer what it was when the upload began. */
export function changed(path: VirtualPath, cause?: unknown): GatewayError {
  return new GatewayError('conflict', `${path}: The file was changed by somebody else in the meantime.`, { cause })
}

function conditions(view: View, place: MountedPlace): Pick<WritePlan, 'ifAbsent' | 'taken' | 'ifPresent'> {
  const rights = view.rightsAt(place)
  return { ifAbsent: !rights.has('overwrite'), taken: denied, ifPresent: !rights.has('write') }
}
