import fs from 'node:fs'
import { rootKey, type ObjectKey } from '../../../core/paths.ts'
import type { Storage } from '../../contract.ts'
import { diskError, systemCode, translating } from './errors.ts'
import { seenStats, type Place } from './confine/place.ts'
import { renaming, type ChangeServices } from './rename.ts'

type Change = 'remove' | 'makeDirectory' | 'removeDirectory' | 'rename' | 'setModified' | 'setMode' | 'makeRoot'

/** The methods that change names and what stands beside the content. A link is removed or moved itself, never its target. */
export function diskChanges({ confined, durability }: ChangeServices): Pick<Storage, Change> {
  return {
    remove: translating(async (key) => {
      if (key === rootKey) throw diskError('is-directory')
      confined.at(key, 'keep', (place) => {
        const seen = seenStats(key, place, confined)
        if (seen?.isDirectory()) throw diskError('is-directory')
        if (!seen?.isFile()) throw diskError('not-found')
        fs.unlinkSync(place.path)
      })
    }),
    makeDirectory: translating(async (key) => {
      if (key === rootKey) throw diskError('already-exists')
      await confined.at(key, 'keep', ({ path, parent }) => {
        fs.mkdirSync(path, 0o755)
        return durability.directory(parent)
      })
    }),
    removeDirectory: translating(async (key) => {
      if (key === rootKey) throw diskError('permission-denied')
      confined.at(key, 'keep', (place) => {
        const seen = seenStats(key, place, confined)
        if (seen?.isFile()) throw diskError('not-directory')
        if (!seen?.isDirectory()) throw diskError('not-found')
        if (place.stats?.isSymbolicLink()) fs.unlinkSync(place.path)
        else removeEmpty(place.path)
      })
    }),
    rename: translating(renaming({ confined, durability })),
    setModified: translating(async (key, modified) => {
      confined.at(key, 'follow', (place) => {
        refuseUnseen(place)
        fs.lutimesSync(place.path, modified, modified)
      })
    }),
    setMode: translating(async (key, mode) => {
      confined.at(key, 'follow', (place) => {
        refuseUnseen(place)
        confined.changeMode(place, mode)
      })
    }),
    makeRoot: translating(async (key) => {
      for (let slash = key.indexOf('/'); slash > 0; slash = key.indexOf('/', slash + 1))
        await makeFolder(key.slice(0, slash) as ObjectKey, { confined, durability })
      await makeFolder(key, { confined, durability })
    }),
  }
}

/** Some systems say of a folder that is not empty that it exists. */
function removeEmpty(path: string): void {
  try {
    fs.rmdirSync(path)
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? diskError('directory-not-empty', error) : error
  }
}

function refuseUnseen({ stats }: Place): void {
  if (!stats?.isFile() && !stats?.isDirectory()) throw diskError('not-found')
}

async function makeFolder(key: ObjectKey, { confined, durability }: ChangeServices): Promise<void> {
  await confined.at(key, 'follow', ({ path, parent, stats, isBlocked }) => {
    if (stats?.isDirectory()) return null
    if (isBlocked) throw diskError('permission-denied')
    if (stats !== null) throw diskError('not-directory')
    fs.mkdirSync(path, 0o755)
    return durability.directory(parent)
  })
}
