import fs from 'node:fs'
import { diskError, isMissing, systemCode } from '../errors.ts'
import { lstat } from '../io/stats.ts'
import type { Place } from './place.ts'
import { isOwnName, linkTarget, maxLinks } from './segments.ts'

/** Linux only, and not in Node's constants: a descriptor that names a place and needs no right to read it. */
export const O_PATH = 0o10000000
export const folderFlags = O_PATH | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW

/** The path by which the system reaches what a descriptor stands for, wherever it has been moved. */
export function descriptorPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`
}

export interface Walk {
  /** How the root may be spelled in an absolute link. */
  readonly roots: readonly string[]
  /** Descriptors from the root down to where we stand. Whoever made the list closes all but the first. */
  readonly trail: number[]
  /** The segments ahead, the next one last. */
  readonly pending: string[]
  readonly lastLink: 'follow' | 'keep'
  links: number
  isBehindLastLink: boolean
}

const blocked: Place = { path: '', parent: '', stats: null, isBlocked: true }

/** Walks to the last segment. @throws as `Confined.at` does. */
export function findPlace(walk: Walk): Place {
  try {
    return go(walk)
  } catch (error) {
    if (walk.isBehindLastLink && isMissing(error)) return blocked
    throw error
  }
}

function go(walk: Walk): Place {
  const { trail, pending } = walk
  for (;;) {
    const folder = descriptorPath(trail.at(-1) ?? -1)
    const segment = pending.pop()
    if (segment === undefined) return folderItself(folder)
    if (segment === '..') goUp(trail)
    else {
      // Keys that begin with our own folder are refused before: a link that leads there leads nowhere.
      if (trail.length === 1 && isOwnName(segment)) throw diskError('not-found')
      const path = `${folder}/${segment}`
      const place = pending.length === 0 ? lastPlace(path, folder, walk) : enter(path, trail)
      if (place === 'link') follow(path, walk)
      else if (place !== 'entered') return place
    }
  }
}

/** The root, or a folder that a link ends in with `..`. */
function folderItself(folder: string): Place {
  const path = `${folder}/.`
  return { path, parent: folder, stats: lstat(path), isBlocked: false }
}

function goUp(trail: number[]): void {
  if (trail.length === 1) throw diskError('not-found')
  closeTrail(trail, trail.length - 1)
}

function lastPlace(path: string, parent: string, { lastLink, isBehindLastLink }: Walk): Place | 'link' {
  const stats = lstat(path)
  if (stats === null && isBehindLastLink) return blocked
  const isFollowed = lastLink === 'follow' && stats?.isSymbolicLink() === true
  return isFollowed ? 'link' : { path, parent, stats, isBlocked: false }
}

function enter(path: string, trail: number[]): 'entered' | 'link' {
  try {
    trail.push(fs.openSync(path, folderFlags))
    return 'entered'
  } catch (error) {
    if (systemCode(error) !== 'ENOTDIR' && systemCode(error) !== 'ELOOP') throw error
    if (fs.lstatSync(path).isSymbolicLink()) return 'link'
    throw error
  }
}

function follow(path: string, walk: Walk): void {
  if (walk.pending.length === 0) walk.isBehindLastLink = true
  const target = ++walk.links > maxLinks ? null : linkTarget(readLink(path), walk.roots)
  if (target === null) throw diskError('not-found')
  if (target.isAbsolute) closeTrail(walk.trail, 1)
  walk.pending.push(...target.segments.toReversed())
}

/** @throws 'not-found' when no link is there any more: somebody swaps things while we look. */
function readLink(path: string): string {
  try {
    return fs.readlinkSync(path)
  } catch (error) {
    throw isMissing(error) ? diskError('not-found', error) : error
  }
}

/** Closes what lies behind the first `kept` descriptors. */
export function closeTrail(trail: number[], kept: number): void {
  for (const descriptor of trail.splice(kept)) fs.closeSync(descriptor)
}
