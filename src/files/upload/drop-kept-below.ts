import { isWithin } from '../../core/paths.ts'
import type { MountedPlace } from '../mounts.ts'
import type { View } from '../view.ts'
import { claimRecord } from './kept.ts'

/** Discards what this account has kept in a folder that is removed. What cannot be found now is left to the sweep. */
export async function dropKeptBelow(view: View, { mount, path }: MountedPlace): Promise<void> {
  for (const { id, account, isKept, path: kept } of await view.staged.all({ storage: mount.name })) {
    if (!isKept || account !== view.account.name || !isWithin(path, kept)) continue
    try {
      const found = await claimRecord(view, mount, { id })
      if (found === null) continue
      const { durableBytes } = found.upload
      await found.upload.discard()
      await view.staged.remove(id)
      await view.quota.change(-durableBytes)
    } catch (error) {
      view.logger.warn('a kept upload could not be discarded', { path: kept, error })
    }
  }
}
