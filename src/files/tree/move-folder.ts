import { GatewayError } from '../../core/errors.ts'
import { isWithin, parentKey, type ObjectKey } from '../../core/paths.ts'
import type { TreeOperationRecord } from '../../state/tree-operations.ts'
import type { CallOptions } from '../../storage/contract.ts'
import type { TreeOptions, Watched } from '../file-tree.ts'
import type { Pieces } from '../../storage/pieces.ts'
import { withFixedParents } from '../folders.ts'
import { storedAt } from '../look.ts'
import { wholeKey, type MountedPlace } from '../mounts.ts'
import type { View } from '../view.ts'
import { held, holderOf, takenUp } from './held-folders.ts'
import { runTree } from './run-tree.ts'
import { piecePages } from './piece-pages.ts'

export interface FolderMove {
  readonly source: MountedPlace
  readonly target: MountedPlace
  readonly call: TreeOptions & Watched
}

/**
 * RNTO for a folder: by one call where the storage has one, else object by object. One that was broken off goes on when it is
 * asked for again. @throws GatewayError 'is-directory' for a folder into itself, 'already-exists', 'not-found' for the
 *   parent, 'too-busy' while another change holds one of the folders, 'unsupported' where it cannot be moved.
 */
export async function moveFolder(view: View, move: FolderMove): Promise<void> {
  const { source, target, call } = move
  if (isWithin(source.path, target.path)) {
    throw new GatewayError('is-directory', `${target.path}: A folder cannot be moved into itself.`)
  }
  const { whole, prefix } = target.mount
  if (source.mount.whole !== whole || (whole.pieces ?? whole.rename) === undefined) {
    throw new GatewayError('unsupported', `${source.path}: This folder cannot be moved there.`)
  }
  const { progress: _, ...plain } = call
  if (whole.pieces !== undefined) return movePieces(view, move, whole.pieces)
  await requireUnheldBoth(view, move)
  if (prefix !== '') await whole.makeRoot?.(prefix)
  await withFixedParents(view, target, async () => whole.rename?.(wholeKey(source), wholeKey(target), plain))
}

async function requireUnheldBoth(view: View, { source, target }: FolderMove): Promise<void> {
  for (const place of [source, target]) if ((await holderOf(view, place)) !== null) throw held(place.path)
}

async function movePieces(view: View, move: FolderMove, pieces: Pieces): Promise<void> {
  const { source, target, call } = move
  const folders = { source: wholeKey(source), target: wholeKey(target) }
  const record = (await takenUp(view, source, folders)) ?? (await begun(view, move, pieces))
  if (record === null) throw held(source.path)
  await runTree(record, {
    ...view.trees,
    ...{ pieces, clock: view.clock, signal: call.signal, onProgress: call.progress, onRemoved: () => {} },
  })
  view.logger.info('folder renamed', { from: source.path, to: target.path })
}

async function begun(view: View, move: FolderMove, pieces: Pieces): Promise<TreeOperationRecord | null> {
  const { source, target, call } = move
  await requireUnheldBoth(view, move)
  call.progress?.({ phase: 'copying', done: 0, total: null })
  await requireFree(view, move)
  const from = wholeKey(source)
  const { operations } = view.trees
  const record = await operations.begin({
    ...{ account: view.account.name, storage: source.mount.name, source: from, target: wholeKey(target) },
    ...{ sourcePath: source.path, targetPath: target.path },
    total: await counted(view, { pieces, from, source, call }),
  })
  if (record === null) return null
  try {
    // Counting takes its time. From now on nobody else puts anything there.
    await requireFree(view, move)
    return record
  } catch (error) {
    await operations.finish(record.id)
    throw error
  }
}

/** @throws GatewayError when something is in the way, or the parent is missing. */
async function requireFree(view: View, { target, call: { signal } }: FolderMove): Promise<void> {
  const call = { signal }
  const { mount, key, path } = target
  if (mount.prefix !== '') await mount.whole.makeRoot?.(mount.prefix)
  if ((await storedAt(target, { ...call, expect: 'directory' })) !== null) {
    throw new GatewayError('already-exists', `${path}: Something of that name is there already.`)
  }
  await withFixedParents(view, target, async () => {
    const parent = await mount.storage.stat(parentKey(key), { ...call, expect: 'directory' })
    if (parent === null) throw new GatewayError('not-found', `${path}: The folder above does not exist.`)
    if (parent.kind === 'file') throw new GatewayError('not-directory', `${path}: A file is no folder.`)
  })
}

interface Counting {
  readonly pieces: Pieces
  readonly from: ObjectKey
  readonly source: MountedPlace
  readonly call: CallOptions
}

/** Refused before anything is copied, rather than in the middle. @throws GatewayError 'unsupported' for too many. */
async function counted({ trees }: View, { pieces, from, source, call }: Counting): Promise<number> {
  let count = 0
  for await (const page of piecePages(pieces, from, { signal: call.signal })) {
    count += page.length
    if (trees.mostMoved !== null && count > trees.mostMoved) {
      throw new GatewayError('unsupported', `${source.path}: This folder holds too many objects to be moved.`)
    }
  }
  return count
}
