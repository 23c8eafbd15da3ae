import fs from 'node:fs'
import { confinedByPath } from './confined-by-path.ts'
import { closeTrail, descriptorPath, findPlace, folderFlags, O_PATH } from './descriptor-walk.ts'
import { diskError, systemCode } from '../errors.ts'
import { holdRoot } from './held-root.ts'
import { refuseNonFolder, type Confined, type HeldFolder } from './place.ts'
import { keySegments } from './segments.ts'

/**
 * The root, held by the best means there are: descriptors on Linux, else the checks of `confinedByPath`.
 * @throws system errors when the root cannot be opened.
 */
export function confine(root: string): Confined {
  return hasDescriptorPaths(root) ? confinedByDescriptors(root) : confinedByPath(root)
}

/** Whether `/proc/self/fd` leads where descriptors lead: so on Linux, where /proc is mounted. */
function hasDescriptorPaths(root: string): boolean {
  if (process.platform !== 'linux') return false
  const descriptor = fs.openSync(root, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    return fs.statSync(`${descriptorPath(descriptor)}/.`).ino === fs.fstatSync(descriptor).ino
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  } finally {
    fs.closeSync(descriptor)
  }
}

/**
 * Walks from the root's descriptor segment by segment, each opened below the one before without following links. A path
 * through `/proc/self/fd` is what openat(2) would be: whatever is swapped above it no longer matters.
 */
export function confinedByDescriptors(root: string): Confined {
  const roots = [fs.realpathSync(root), root]
  const held = holdRoot(root)
  return {
    at(key, lastLink, use) {
      const segments = keySegments(key)
      return held.using((rootDescriptor) => {
        const trail = [rootDescriptor]
        const pending = segments.toReversed()
        try {
          const place = findPlace({ roots, trail, pending, lastLink, links: 0, isBehindLastLink: false })
          if ((place.stats === null || place.stats.nlink === 0) && held.isGone()) throw diskError('not-found')
          return use(place)
        } finally {
          closeTrail(trail, 1)
        }
      })
    },
    hold(place) {
      refuseNonFolder(place)
      const descriptor = fs.openSync(place.path, folderFlags)
      return { path: descriptorPath(descriptor), close: () => fs.closeSync(descriptor) }
    },
    changeMode({ path }, mode) {
      const descriptor = fs.openSync(path, O_PATH | fs.constants.O_NOFOLLOW)
      try {
        // On a link that was swapped in this fails: the descriptor stands for the link itself.
        fs.chmodSync(descriptorPath(descriptor), mode)
      } finally {
        fs.closeSync(descriptor)
      }
    },
    own: (segments) => held.using((rootDescriptor) => ownFolder(rootDescriptor, segments)),
    close: held.close,
  }
}

function ownFolder(rootDescriptor: number, segments: readonly string[]): HeldFolder {
  const trail = [rootDescriptor]
  try {
    for (const segment of segments) trail.push(makeAndOpen(`${descriptorPath(trail.at(-1) ?? -1)}/${segment}`))
  } catch (error) {
    closeTrail(trail, 1)
    throw error
  }
  const descriptor = trail.pop() ?? rootDescriptor
  closeTrail(trail, 1)
  return { path: descriptorPath(descriptor), close: () => fs.closeSync(descriptor) }
}

function makeAndOpen(path: string): number {
  makeOwnFolder(path)
  return fs.openSync(path, folderFlags)
}

/** Readable by us alone. Does nothing when something is there. */
function makeOwnFolder(path: string): void {
  try {
    fs.mkdirSync(path, 0o700)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}
