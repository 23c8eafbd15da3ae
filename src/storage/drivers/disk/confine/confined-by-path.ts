import fs from 'node:fs'
import path from 'node:path'
import { makeFolders } from '../../../../core/folders.ts'
import { diskError, isMissing } from '../errors.ts'
import { lstat } from '../io/stats.ts'
import { refuseNonFolder, type Confined, type Place } from './place.ts'
import { isOwnName, keySegments } from './segments.ts'

const blocked: Place = { path: '', parent: '', stats: null, isBlocked: true }

/**
 * For systems without descriptors as paths (macOS, Windows): the real path of each place is looked up and must lie inside
 * the root. Links that stand there are judged rightly; one that another program swaps in between the check and the use is
 * not. Only people who can make links on the disk itself can do that; no client of the gateway can.
 */
export function confinedByPath(root: string): Confined {
  const realRoot = fs.realpathSync(root)
  return {
    at(key, lastLink, use) {
      const segments = keySegments(key)
      const name = segments.pop()
      const parent = realInside(realRoot, path.join(realRoot, ...segments))
      if (parent === null) throw diskError('not-found')
      if (!fs.statSync(parent).isDirectory()) throw diskError('not-directory')
      if (parent === realRoot && isOwnName(name)) throw diskError('not-found')
      return use(placeOf({ realRoot, parent, path: name === undefined ? parent : path.join(parent, name), lastLink }))
    },
    hold(place) {
      refuseNonFolder(place)
      return { path: place.path, close: () => {} }
    },
    changeMode({ path }, mode) {
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
      const descriptor = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      try {
        fs.fchmodSync(descriptor, mode)
      } finally {
        fs.closeSync(descriptor)
      }
    },
    own(segments) {
      const folder = path.join(realRoot, ...segments)
      makeFolders(fs, folder, { mode: 0o700 })
      if (fs.realpathSync(folder) !== folder) throw diskError('permission-denied')
      return { path: folder, close: () => {} }
    },
    close: () => {},
  }
}

interface Search {
  readonly realRoot: string
  readonly parent: string
  readonly path: string
  readonly lastLink: 'follow' | 'keep'
}

function placeOf({ realRoot, parent, path: place, lastLink }: Search): Place {
  const stats = lstat(place)
  if (lastLink === 'keep' || stats?.isSymbolicLink() !== true) return { path: place, parent, stats, isBlocked: false }
  const real = realOrNull(realRoot, place)
  if (real === null) return blocked
  return { path: real, parent: path.dirname(real), stats: lstat(real), isBlocked: false }
}

/** A dangling last link is nowhere, as one that leads out. */
function realOrNull(realRoot: string, place: string): string | null {
  try {
    return realInside(realRoot, place)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** The real path when it lies inside the root and not in our own folder, else null. @throws system errors. */
function realInside(realRoot: string, place: string): string | null {
  const real = fs.realpathSync.native(place)
  const relative = path.relative(realRoot, real)
  if (relative === '') return real
  const [first] = relative.split(path.sep)
  return first === '..' || path.isAbsolute(relative) || isOwnName(first) ? null : real
}
