import { GatewayError } from '../../core/errors.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, Entry, FileEntry, StatOptions } from '../contract.ts'
import { refuseHidden } from './bucket-keys.ts'
import { directoryEntry, headEntry } from './entries.ts'
import type { ObjectStorageParts } from './parts.ts'

/** What stands under a key: at most two requests, one where the caller's hope is right. */
export async function stat(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { expect = 'file', ...options }: StatOptions = {},
): Promise<Entry | null> {
  refuseHidden(key)
  if (parts.directories.isRoot(key)) return directoryEntry(key)
  if (expect === 'directory' && (await isDirectory(parts, key, options))) return directoryEntry(key)
  const file = await statFile(parts, key, options)
  if (file !== null || expect === 'directory') return file
  return (await isDirectory(parts, key, options)) ? directoryEntry(key) : null
}

export async function statFile(
  { client, keys, times }: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<FileEntry | null> {
  const facts = await client.headObject(keys.object(key), options)
  return facts === null ? null : headEntry(key, facts, times)
}

/** Whether there is a marker, or anything below. Asks the store. */
export async function isDirectory(
  { client, keys, directories }: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<boolean> {
  const page = await client.listObjects({ ...options, prefix: keys.directory(key), mostKeys: 1 })
  const isThere = page.objects.length > 0
  if (isThere) directories.note(key)
  else directories.forget(key)
  return isThere
}

/**
 * Sees to it that something can be put under the key, without a request where its directory was seen a moment ago.
 * @throws GatewayError 'not-found' when the directory is missing, 'not-directory' when it is a file.
 */
export async function requireParent(parts: ObjectStorageParts, key: ObjectKey, options: CallOptions): Promise<void> {
  refuseHidden(key)
  const parent = parentKey(key)
  if (parts.directories.has(parent) || (await isDirectory(parts, parent, options))) return
  const found = await nearestFile(parts, parent, options)
  if (found) throw new GatewayError('not-directory', 'A file is no folder.')
  throw new GatewayError('not-found', 'The folder does not exist.')
}

/** Whether the key or one above it is a file. */
export async function nearestFile(parts: ObjectStorageParts, key: ObjectKey, options: CallOptions): Promise<boolean> {
  for (let at = key; at !== rootKey; at = parentKey(at)) if (await statFile(parts, at, options)) return true
  return false
}

/** A mount begins here: it is a directory from now on, whatever is in it. @throws GatewayError 'not-directory'. */
export async function makeRoot(parts: ObjectStorageParts, key: ObjectKey): Promise<void> {
  refuseHidden(key)
  if (parts.directories.isRoot(key)) return
  if (await nearestFile(parts, key, {})) throw new GatewayError('not-directory', 'A file is no folder.')
  parts.directories.noteRoot(key)
}

export function missing(): GatewayError {
  return new GatewayError('not-found', 'No such file or folder.')
}

export function folderInTheWay(): GatewayError {
  return new GatewayError('is-directory', 'This is a folder.')
}
