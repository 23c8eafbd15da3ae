import { GatewayError } from '../../core/errors.ts'
import type { TreeOperationRecord } from '../../state/tree-operations.ts'
import type { TreeOptions, Watched } from '../file-tree.ts'
import type { Pieces } from '../../storage/pieces.ts'
import { notFound } from '../look.ts'
import { wholeKey, type MountedPlace } from '../mounts.ts'
import type { View } from '../view.ts'
import { held, requireUnheld, takenUp } from './held-folders.ts'
import { runTree } from './run-tree.ts'

export interface FolderRemoval {
  readonly place: MountedPlace
  readonly call: TreeOptions & Watched
}

/**
 * RMDA object by object, with as few requests as the store allows. One that was broken off goes on when it is asked for again.
 * @throws GatewayError 'not-found', 'not-directory', 'too-busy' while another change holds the folder.
 */
export async function removePieces(view: View, removal: FolderRemoval, pieces: Pieces): Promise<void> {
  const { place, call } = removal
  const folders = { source: wholeKey(place), target: null }
  const record = (await takenUp(view, place, folders)) ?? (await begun(view, removal))
  if (record === null) throw held(place.path)
  await runTree(record, {
    ...view.trees,
    ...{ pieces, clock: view.clock, signal: call.signal, onProgress: call.progress },
    onRemoved: (bytes) => view.quota.change(-bytes),
  })
}

async function begun(view: View, { place, call: { signal } }: FolderRemoval): Promise<TreeOperationRecord | null> {
  const { mount, key, path } = place
  await requireUnheld(view, path)
  const there = await mount.storage.stat(key, { expect: 'directory', signal })
  if (there === null) throw notFound(path)
  if (there.kind === 'file') throw new GatewayError('not-directory', `${path}: Not a folder.`)
  return view.trees.operations.begin({
    ...{ account: view.account.name, storage: mount.name, source: wholeKey(place), target: null },
    ...{ sourcePath: path, targetPath: null, total: 0 },
  })
}
