import fs from 'node:fs'
import { rootKey, type ObjectKey } from '../../../core/paths.ts'
import type { RenameOptions } from '../../contract.ts'
import type { Durability } from './io/durability.ts'
import { diskError } from './errors.ts'
import type { FileStats } from './io/stats.ts'
import { seenStats, type Confined, type Place } from './confine/place.ts'

export interface ChangeServices {
  readonly confined: Confined
  readonly durability: Durability
}

interface End {
  readonly key: ObjectKey
  readonly place: Place
  /** What clients see there. */
  readonly seen: FileStats | null
}

/** `Storage.rename`. */
export function renaming({ confined, durability }: ChangeServices) {
  return async (from: ObjectKey, to: ObjectKey, { ifAbsent = false }: RenameOptions = {}): Promise<void> => {
    if (from === rootKey) throw diskError('permission-denied')
    if (to === rootKey) throw diskError('already-exists')
    const endOf = (key: ObjectKey, place: Place): End => ({ key, place, seen: seenStats(key, place, confined) })
    await confined.at(from, 'keep', (source) =>
      confined.at(to, 'keep', (target) => {
        move(endOf(from, source), endOf(to, target), ifAbsent)
        return Promise.all([durability.directory(source.parent), durability.directory(target.parent)])
      }),
    )
  }
}

function move(from: End, to: End, ifAbsent: boolean): void {
  if (!from.seen?.isFile() && !from.seen?.isDirectory()) throw diskError('not-found')
  const isSame = isSameInode(from.place.stats, to.place.stats)
  if (from.key === to.key && !ifAbsent) return
  if (from.key === to.key || !isSame) refuseCollision(from.seen, to, ifAbsent)
  // A rename onto another name of the same file does nothing, and says it did.
  if (isSame && from.seen.isFile() && (from.seen.nlink ?? 1n) > 1n) fs.unlinkSync(from.place.path)
  else if (ifAbsent && !from.seen.isDirectory()) {
    fs.linkSync(from.place.path, to.place.path)
    fs.unlinkSync(from.place.path)
  } else fs.renameSync(from.place.path, to.place.path)
}

function refuseCollision(source: FileStats, { place, seen }: End, ifAbsent: boolean): void {
  if (place.stats === null) return
  if (!seen?.isFile() && !seen?.isDirectory()) throw diskError('permission-denied')
  if (ifAbsent || source.isDirectory()) throw diskError('already-exists')
  if (seen.isDirectory()) throw diskError('is-directory')
}

function isSameInode(a: FileStats | null, b: FileStats | null): boolean {
  return a !== null && b !== null && a.ino === b.ino && a.dev === b.dev
}
