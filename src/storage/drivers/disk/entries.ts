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
  const unique = ({ dev, ino }: BigIntStats) => hash('sha1', `${salt}:${dev}:${ino}`, 'hex').slice(0, 16)
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
