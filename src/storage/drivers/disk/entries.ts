import { hash } from 'node:crypto'
import type { ObjectKey } from '../../../core/paths.ts'
import type { DirectoryEntry, Entry, FileEntry } from '../../contract.ts'
import type { FileStats } from './io/stats.ts'

/** Turns what the system says into entries. */
export interface Entries {
  /** Null for what is neither file nor folder: pipes, sockets, devices, links. */
  of(key: ObjectKey, stats: FileStats): Entry | null
  file(key: ObjectKey, stats: FileStats): FileEntry
}

/** `salt` keeps the opaque facts of two storages apart; it is the same for one state directory, so facts outlive a restart. */
export function diskEntries(salt: string): Entries {
  const unique = uniqueFacts(salt)
  const file = (key: ObjectKey, stats: FileStats): FileEntry => ({
    kind: 'file',
    key,
    bytes: stats.size,
    modified: modifiedOf(stats),
    version: versionOf(stats),
    unique: unique(stats),
    mode: modeOf(stats),
  })
  const directory = (key: ObjectKey, stats: FileStats): DirectoryEntry => {
    return { kind: 'directory', key, modified: modifiedOf(stats), unique: unique(stats), mode: modeOf(stats) }
  }
  return {
    of: (key, stats) => (stats.isFile() ? file(key, stats) : stats.isDirectory() ? directory(key, stats) : null),
    file,
  }
}

/**
 * Device and inode, mixed with a key: whoever sees the result learns neither, and no two inodes of a device meet. A hash
 * would do as well, and would take half the time of a long listing.
 */
function uniqueFacts(salt: string): (stats: FileStats) => string {
  const digest = hash('sha256', salt, 'buffer')
  const keys = [0, 4, 8, 12, 16, 20].map((at) => digest.readUInt32LE(at))
  return ({ dev, ino }) => {
    let [left, right] = halves(ino)
    // A Feistel network: one to one, whatever the rounds do.
    for (const key of keys) [left, right] = [right, left ^ mix(right ^ key ^ Math.imul(dev, 0x9e3779b1))]
    halfNumbers[0] = left
    halfNumbers[1] = right
    return bytes.toString('hex', 0, 8)
  }
}

function halves(ino: number | bigint): readonly [number, number] {
  if (typeof ino === 'bigint') return [Number(ino >> 32n), Number(ino & 0xffff_ffffn)]
  return [Math.floor(ino / 2 ** 32), ino % 2 ** 32]
}

/** The finaliser of MurmurHash3. */
function mix(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}

/**
 * Numbers become text as the hexadecimal digits of their bytes: to write them out one by one, in any base, takes ten times as
 * long, and was a quarter of a long listing.
 */
const numbers = new Float64Array(4)
const halfNumbers = new Uint32Array(numbers.buffer)
const bytes = Buffer.from(numbers.buffer)

/** Differs after each change of the content: the time of change cannot be set back, as the time of the content can. */
export function versionOf({ ino, size, mtimeMs, ctimeMs }: FileStats): string {
  halfNumbers.set(halves(ino))
  numbers[1] = size
  numbers[2] = mtimeMs
  numbers[3] = ctimeMs
  return bytes.toString('hex')
}

/** The nine permission bits and the three above them. */
export function modeOf({ mode }: FileStats): number {
  return mode & 0o7777
}

function modifiedOf({ mtimeMs }: FileStats): Date {
  return new Date(mtimeMs)
}
