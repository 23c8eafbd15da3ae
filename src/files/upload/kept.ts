import type { StagedUpload } from '../../storage/contract.ts'
import type { TreeOptions } from '../file-tree.ts'
import type { Mount, MountedPlace, Place } from '../mounts.ts'
import type { View } from '../view.ts'

/** A kept upload that nobody else goes on with while we have it. */
export interface KeptUpload {
  readonly id: string
  readonly upload: StagedUpload
}

/**
 * Takes the upload that this account has kept under the path, if the account may publish it over what is there now:
 * without `overwrite` nothing can vouch that its first bytes are still those of the file. Null when there is none.
 */
export async function claimKept(view: View, place: Place, options: TreeOptions): Promise<KeptUpload | null> {
  if (!isResumable(view, place)) return null
  const kept = await takeKept(view, place, options)
  if (kept === null) return null
  try {
    if (await mayPublish(view, place, options)) return kept
  } catch (error) {
    await returnKept(view, kept)
    throw error
  }
  await returnKept(view, kept)
  return null
}

/** Gives a claimed upload back as it was. */
export async function returnKept(view: View, { id, upload }: KeptUpload): Promise<void> {
  try {
    await upload.suspend()
  } finally {
    await view.staged.keep(id, upload.ticket)
  }
}

/** Where the owner of a kept upload may go on from; null when there is none. */
export async function keptBytes(view: View, place: Place, options: TreeOptions): Promise<number | null> {
  const kept = await claimKept(view, place, options)
  if (kept === null) return null
  const { durableBytes } = kept.upload
  await returnKept(view, kept)
  return durableBytes
}

/** Bytes of all that this account has kept, but what is being gone on with: that is counted by whoever does. */
export async function allKeptBytes(view: View): Promise<number> {
  let bytes = 0
  for (const { id, account, storage, isKept } of await view.staged.all()) {
    const mount = view.table.mounts.find(({ name }) => name === storage)
    if (!isKept || account !== view.account.name || mount === undefined) continue
    const kept = await claimRecord(view, mount, { id })
    if (kept === null) continue
    bytes += kept.upload.durableBytes
    await returnKept(view, kept)
  }
  return bytes
}

/**
 * Discards what this account has kept under the path, but one, and tells whether there was any. What cannot be found now is
 * left to the sweep.
 */
export async function dropKept(view: View, place: Place, exceptId: string | null = null): Promise<boolean> {
  if (!isResumable(view, place)) return false
  let hasDropped = false
  try {
    for (;;) {
      if ((await view.staged.find(view.account.name, place.path))?.id === exceptId) return hasDropped
      const kept = await takeKept(view, place, {})
      if (kept === null) return hasDropped
      const { durableBytes } = kept.upload
      await kept.upload.discard()
      await view.staged.remove(kept.id)
      hasDropped = true
      await view.quota.change(-durableBytes)
    }
  } catch (error) {
    view.logger.warn('a kept upload could not be discarded', { path: place.path, error })
    return hasDropped
  }
}

async function takeKept(view: View, { mount, path }: MountedPlace, options: TreeOptions): Promise<KeptUpload | null> {
  const found = await view.staged.find(view.account.name, path)
  if (found === null || found.storage !== mount.name) return null
  return claimRecord(view, mount, { id: found.id, ...options })
}

/** Takes one line of the journal, with what it leads to. Null when it is gone, or another session has it. */
export async function claimRecord(
  view: View,
  mount: Mount,
  { id, ...options }: TreeOptions & { readonly id: string },
): Promise<KeptUpload | null> {
  const record = await view.staged.claim(id)
  if (record === null) return null
  try {
    const journal = async (ticket: string) => view.staged.update(record.id, ticket)
    const upload = await mount.storage.restage(record.ticket, { journal, ...options })
    if (upload !== null) return { id: record.id, upload }
  } catch (error) {
    await view.staged.keep(record.id, record.ticket)
    throw error
  }
  await view.staged.remove(record.id)
  return null
}

async function mayPublish(view: View, place: MountedPlace, options: TreeOptions): Promise<boolean> {
  const rights = view.rightsAt(place)
  if (rights.has('write') && rights.has('overwrite')) return true
  const old = await place.mount.storage.stat(place.key, options)
  return rights.has(old === null ? 'write' : 'overwrite')
}

function isResumable(view: View, place: Place): place is MountedPlace {
  return place.mount !== null && !place.isFixed && view.account.incompleteUploads === 'resume'
}
