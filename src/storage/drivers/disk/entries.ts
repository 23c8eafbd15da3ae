import { hash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { ObjectKey } from '../../../core/paths.ts'
import type { DirectoryEntry, Entry, FileEntry } from '../../contract.ts'

/** Turns what the system says into entries. */
export interface Entries {
  /** Null for what is neither file nor folder: pipes, sockets, devices, links. */
  of(key: ObjectKey, stats: BigIntStats): Entry | null
  file(key: ObjectKey, stats: BigIntStats): FileEntry
}

/** `salt` keeps the opaque facts of two storages apart; it is the same for one state directory, so facts outlive a restart. */
export function diskEntries(salt: string): Entries {
  const unique = uniqueFacts(salt)
  const file = (key: ObjectKey, stats: BigIntStats): FileEntry => ({
    kind: 'file',
    key,
    bytes: Number(stats.size),
    modified: modifiedOf(stats),
    version: versionOf(stats),
    unique: unique(stats),
    mode: modeOf(stats),
  })
  const directory = (key: ObjectKey, stats: BigIntStats): DirectoryEntry => {
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
function uniqueFacts(salt: string): (stats: BigIntStats) => string {
  const key = hash('sha256', salt, 'buffer')
  const [first, second] = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)]
  return ({ dev, ino }) =>
    mix(mix(dev ^ first) ^ ino ^ second)
      .toString(16)
      .padStart(16, '0')
}

/** The finaliser of SplitMix64: one to one on 64 bits. */
function mix(value: bigint): bigint {
  const bits = BigInt.asUintN(64, value)
  const once = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n)
  const twice = BigInt.asUintN(64, (once ^ (once >> 27n)) * 0x94d049bb133111ebn)
  return twice ^ (twice >> 31n)
}

/** Differs after each change of the content: the time of change cannot be set back, as the time of the content can. */
export function versionOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}-${ctimeNs}`
}

/** The nine permission bits and the three above them. */
export function modeOf({ mode }: BigIntStats): number {
  return Number(mode) & 0o7777
}

function modifiedOf({ mtimeMs }: BigIntStats): Date {
  return new Date(Number(mtimeMs))
}
