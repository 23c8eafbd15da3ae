import { GatewayError } from '../../core/errors.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, Entry, FileEntry, StatOptions } from '../contract.ts'
import type { ObjectFacts } from '../object-http/object-types.ts'
import { refuseHidden } from './bucket-keys.ts'
import { directoryEntry, headEntry, noteMarker } from './entries.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/** What stands under a key: at most two requests, one where the caller's hope is right. */
export async function stat(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { expect = 'file', only, recent = false, ...options }: StatOptions = {},
): Promise<Entry | null> {
  refuseHidden(key)
  const known = recent ? seenAgo(parts, key, expect) : null
  if (known !== null) return known
  if (parts.directories.isRoot(key)) return directoryEntry(key, parts.times)
  if (expect === 'directory' && (await isDirectory(parts, key, options))) return directoryEntry(key, parts.times)
  const file = await statFile(parts, key, options)
  if (file !== null || expect === 'directory' || only === 'file') return file
  return (await isDirectory(parts, key, options)) ? directoryEntry(key, parts.times) : null
}

/** What was there a moment ago, where that is enough. */
function seenAgo(
  { directories, files, times }: ObjectStorageParts,
  key: ObjectKey,
  expect: Entry['kind'],
): Entry | null {
  if (expect === 'file') return files.of(key)?.entry ?? null
  return directories.has(key) ? directoryEntry(key, times) : null
}

export async function statFile(
  parts: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<FileEntry | null> {
  const facts = await headFile(parts, key, options)
  return facts === null ? null : headEntry(parts, key, facts)
}

/** What the store tells of a file, remembered for a moment. */
export async function headFile(
  parts: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<ObjectFacts | null> {
  const facts = await parts.client.headObject(parts.keys.object(key), options)
  if (facts === null) parts.files.forget(key)
  else noteSeen(parts, key, facts)
  return facts
}

/** The file is there, and so is its directory. */
export function noteSeen(parts: ObjectStorageParts, key: ObjectKey, facts: ObjectFacts): void {
  parts.files.note({ entry: headEntry(parts, key, facts), storageClass: facts.storageClass })
  parts.directories.note(parentKey(key))
}

/** Whether there is a marker, or anything below. Asks the store. */
export async function isDirectory(
  { client, keys, directories, times }: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<boolean> {
  const prefix = keys.directory(key)
  const [first] = (await client.listObjects({ ...options, prefix, mostKeys: 1 })).objects
  const isThere = first !== undefined
  if (first?.key === prefix) noteMarker(key, first.modified, times)
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
  if (found) throw refusal('not-directory')
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
  if (await nearestFile(parts, key, {})) throw refusal('not-directory')
  parts.directories.noteRoot(key)
}
