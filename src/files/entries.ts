import { createHash } from 'node:crypto'
import { baseName, type VirtualPath } from '../core/paths.ts'
import type { Entry } from '../storage/contract.ts'
import type { TreeEntry } from './file-tree.ts'
import type { Place } from './mounts.ts'
import { allowsAny, type Rights } from './permissions.ts'

/** What entries at places of the same rights have in common. */
export interface EntryStyle {
  readonly filePerm: string
  readonly folderPerm: string
  readonly fileMode: number
  readonly folderMode: number
}

/** The `perm` facts (RFC 3659 §7.5.5, letters in alphabetical order) and the modes shown where the storage has none. */
export function entryStyle(rights: Rights): EntryStyle {
  return {
    filePerm: letters(rights, { a: 'append', d: 'delete', f: 'rename', r: 'read', w: 'overwrite' }),
    folderPerm: letters(rights, {
      c: 'write',
      d: 'delete',
      e: null,
      f: 'rename',
      l: 'list',
      m: 'makeDirectory',
      p: 'delete',
    }),
    fileMode: allowsAny(rights, 'overwrite', 'append') ? 0o644 : 0o444,
    folderMode: allowsAny(rights, 'write', 'makeDirectory', 'delete') ? 0o755 : 0o555,
  }
}

/** The entry under a name, as the account sees it. `tag` keeps the `unique` facts of several storages apart. */
export function treeEntry(entry: Entry, name: string, { style, tag }: { style: EntryStyle; tag: string }): TreeEntry {
  const isFile = entry.kind === 'file'
  return {
    kind: entry.kind,
    name,
    bytes: isFile ? entry.bytes : 0,
    modified: entry.modified,
    unique: tag + entry.unique,
    mode: entry.mode ?? (isFile ? style.fileMode : style.folderMode),
    perm: isFile ? style.filePerm : style.folderPerm,
  }
}

/**
 * A folder that mounts make: the root, a mount, a folder above one. Its storage need not be asked, so a store that is down
 * does not hide the folder it is mounted in.
 */
export function fixedEntry(path: VirtualPath, style: EntryStyle, entry: Entry | null): TreeEntry {
  return {
    kind: 'directory',
    name: baseName(path),
    bytes: 0,
    modified: entry?.modified ?? null,
    unique: uniqueOf(path),
    mode: (entry?.kind === 'directory' ? entry.mode : null) ?? style.folderMode,
    perm: style.folderPerm.replaceAll(/[df]/g, ''),
  }
}

/** What is kept of an upload. It is no file yet: it bears no time. */
export function keptEntry(path: VirtualPath, style: EntryStyle, bytes: number): TreeEntry {
  const { fileMode: mode, filePerm: perm } = style
  return { kind: 'file', name: baseName(path), bytes, modified: null, unique: uniqueOf(path), mode, perm }
}

function uniqueOf(path: VirtualPath): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 24)
}

/** The entry of a place whose storage was asked. */
export function placedEntry(place: Place, style: EntryStyle, entry: Entry): TreeEntry {
  if (place.isFixed) return fixedEntry(place.path, style, entry)
  return treeEntry(entry, baseName(place.path), { style, tag: place.mount?.tag ?? '' })
}

function letters(rights: Rights, table: Readonly<Record<string, Parameters<Rights['has']>[0] | null>>): string {
  return Object.entries(table)
    .filter(([, permission]) => permission === null || rights.has(permission))
    .map(([letter]) => letter)
    .join('')
}
