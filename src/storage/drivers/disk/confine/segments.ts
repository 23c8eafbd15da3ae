import path from 'node:path'
import type { ObjectKey } from '../../../../core/paths.ts'
import { diskError } from '../errors.ts'

/** The folder below the root that holds staged files. Nobody sees it, and no key reaches it. */
export const ownFolder = '.sluice'

/** As many links in one path as Linux itself follows. */
export const maxLinks = 40

/** What a Windows disk takes for something else than a name: separators, drives, streams, wildcards, devices, trimmed ends. */
const windowsTraps = /[\\:*?"<>|]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * The segments of a key; none for the root.
 * @throws GatewayError 'invalid-path' for what no disk can hold as a name or takes for a way, 'permission-denied' for our own folder.
 */
export function keySegments(key: ObjectKey, platform: string = process.platform): string[] {
  if (key === '') return []
  const segments = key.split('/')
  if (!key.isWellFormed() || key.includes('\0')) throw diskError('invalid-path')
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..') throw diskError('invalid-path')
    if (platform === 'win32' && windowsTraps.test(segment)) throw diskError('invalid-path')
  }
  if (isOwnName(segments[0])) throw diskError('permission-denied')
  return segments
}

/** Whether this name, at the root, is ours. Some disks do not tell `.Sluice` from `.sluice`. */
export function isOwnName(name: string | undefined): boolean {
  return name?.toLowerCase() === ownFolder
}

export interface LinkTarget {
  /** From the root on, instead of from the folder that holds the link. */
  readonly isAbsolute: boolean
  /** May hold `..`; no empty ones and no `.`. */
  readonly segments: readonly string[]
}

/** Where a link leads; null for an absolute one that begins outside all spellings of the root. */
export function linkTarget(target: string, roots: readonly string[]): LinkTarget | null {
  const split = (text: string) => text.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (!path.posix.isAbsolute(target)) return { isAbsolute: false, segments: split(target) }
  for (const root of roots) {
    const folder = root.endsWith('/') ? root : `${root}/`
    if (`${target}/`.startsWith(folder)) return { isAbsolute: true, segments: split(target.slice(folder.length - 1)) }
  }
  return null
}
