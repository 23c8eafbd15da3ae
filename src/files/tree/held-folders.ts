import { GatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { TreeOperationRecord } from '../../state/tree-operations.ts'
import { wholeKey, type MountedPlace, type Place } from '../mounts.ts'
import type { View } from '../view.ts'

/** The move or removal that is under way at a place, below it or above it; null when there is none. */
export async function holderOf({ trees }: View, place: Place): Promise<TreeOperationRecord | null> {
  const { mount, key } = place
  // Storages that move folders at once have none under way: their journal need not be asked for each upload.
  if (mount?.storage.pieces === undefined) return null
  return trees.operations.covering(mount.name, wholeKey({ ...place, mount, key }))
}

/** The folders of an operation, as keys of the whole storage. */
type Folders = Pick<TreeOperationRecord, 'source' | 'target'>

/**
 * The same operation, begun before and left by whoever did it, for this process alone; null when nothing or another one holds the
 * place. @throws GatewayError 'too-busy' while somebody is at it.
 */
export async function takenUp(
  view: View,
  place: MountedPlace,
  { source, target }: Folders,
): Promise<TreeOperationRecord | null> {
  const holder = await holderOf(view, place)
  if (holder?.source !== source || holder.target !== target) return null
  const record = await view.trees.operations.claim(holder.id)
  if (record === null) throw held(place.path)
  return record
}

/** What is changed inside a folder that is moved would be lost, or come back. @throws GatewayError 'too-busy'. */
export async function requireUnheld(view: View, path: VirtualPath): Promise<void> {
  if ((await holderOf(view, view.table.locate(path))) !== null) throw held(path)
}

export function held(path: VirtualPath): GatewayError {
  return new GatewayError('too-busy', `${path}: A folder is being moved or removed there; try again later.`)
}
