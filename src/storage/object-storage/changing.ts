import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, CopyOptions, FileEntry, RenameOptions } from '../contract.ts'
import type { ObjectFacts, Stored } from '../object-http/object-types.ts'
import { refuseHidden } from './bucket-keys.ts'
import { copyObject, type CopiedFacts } from './copying.ts'
import { directoryEntry, headEntry, noteMarker, storedEntry, wholeSeconds } from './entries.ts'
import type { KnownFile } from './known-files.ts'
import { headFile, isDirectory, requireParent, statFile } from './looking.ts'
import { timeIn, withTime } from './object-metadata.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/**
 * Removes a file. A delete says nothing of what was there, so it is looked at first, and costs two requests: to answer that a
 * file was removed which was not there, or to be silent about a folder of that name, would be no saving.
 */
export async function remove(parts: ObjectStorageParts, key: ObjectKey, options: CallOptions = {}): Promise<void> {
  refuseHidden(key)
  if (key === rootKey) throw refusal('is-directory')
  if ((await statFile(parts, key, options)) === null)
    throw (await isDirectory(parts, key, options)) ? refusal('is-directory') : refusal('not-found')
  await parts.client.deleteObject(parts.keys.object(key), options)
  parts.files.forget(key)
  parts.recent?.removed(key)
}

/** Makes an empty object whose name ends in a slash: the directory is there until it is removed, whatever is in it. */
export async function makeDirectory(
  parts: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions = {},
): Promise<void> {
  if (key === rootKey) throw refusal('already-exists')
  await requireParent(parts, key, options)
  if ((await isDirectory(parts, key, options)) || (await statFile(parts, key, options))) throw refusal('already-exists')
  const { date } = await parts.client.putObject(parts.keys.directory(key), [], options)
  noteMarker(key, date, parts.times)
  parts.directories.note(key)
  parts.recent?.written(directoryEntry(key, parts.times))
}

/** Removes the marker, when nothing is below it. */
export async function removeDirectory(
  parts: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions = {},
): Promise<void> {
  refuseHidden(key)
  if (key === rootKey) throw new GatewayError('permission-denied', 'The root stays.')
  const marker = parts.keys.directory(key)
  const { objects } = await parts.client.listObjects({ ...options, prefix: marker, mostKeys: 2 })
  if (objects.length === 0) {
    if (await statFile(parts, key, options)) throw refusal('not-directory')
    throw refusal('not-found')
  }
  if (objects.some((object) => object.key !== marker)) throw refusal('directory-not-empty')
  await parts.client.deleteObject(marker, options)
  parts.directories.forget(key)
  parts.recent?.removed(key)
}

/** Copies a file inside the store, with its metadata and class. */
export async function copy(
  parts: ObjectStorageParts,
  from: ObjectKey,
  to: ObjectKey,
  { ifAbsent = false, ...options }: CopyOptions = {},
): Promise<FileEntry> {
  const { facts } = await source(parts, from, options)
  await requireFree(parts, to, { ifAbsent, ...options })
  await copyObject(parts, { from, facts, to, ...options })
  const entry = await statFile(parts, to, options)
  if (entry === null || entry.bytes !== facts.bytes)
    throw new GatewayError('corrupted', 'The copy is not what was copied.')
  parts.recent?.written(entry)
  return entry
}

type FileMove = RenameOptions & { readonly to: ObjectKey }

/**
 * Moves a file by a copy, and then removes it: at no moment is it nowhere. One that was seen a moment ago is not looked at
 * again: the copy fails if it is another by now. False when there is no such file.
 */
export async function renameFile(parts: ObjectStorageParts, from: ObjectKey, move: FileMove): Promise<boolean> {
  const known = parts.files.of(from)
  if (known !== null && known.entry.bytes <= parts.client.dialect.mostPutBytes) {
    const { version: etag, bytes } = known.entry
    const facts = { etag, bytes, storageClass: known.storageClass, contentType: null, metadata: {} }
    try {
      return await moveFile(parts, { ...move, from, facts, known })
    } catch (error) {
      parts.files.forget(from)
      if (!isGatewayError(error, 'conflict', 'not-found')) throw error
    }
  }
  const { to: _, ifAbsent: __, ...call } = move
  const facts = await headFile(parts, from, call)
  if (facts === null) return false
  const entry = headEntry(parts, from, facts)
  return await moveFile(parts, { ...move, from, facts, known: { entry, storageClass: facts.storageClass } })
}

interface KnownMove extends FileMove {
  readonly from: ObjectKey
  readonly facts: CopiedFacts
  readonly known: KnownFile
}

async function moveFile(
  parts: ObjectStorageParts,
  { from, to, facts, known, ifAbsent = false, ...options }: KnownMove,
): Promise<boolean> {
  await requireFree(parts, to, { ifAbsent, ...options })
  const stored = await copyObject(parts, { from, facts, to, ...options })
  await removeMoved(parts, from, facts.etag)
  const entry = movedEntry(parts, known.entry, { to, stored })
  parts.files.forget(from)
  parts.files.note({ entry, storageClass: known.storageClass })
  parts.directories.note(parentKey(to))
  parts.recent?.removed(from)
  parts.recent?.written(entry)
  return true
}

/** What was put under the old name since the copy was made stays there. Not broken off: both would stay. */
async function removeMoved(parts: ObjectStorageParts, from: ObjectKey, etag: string): Promise<void> {
  try {
    await parts.client.deleteObject(parts.keys.object(from), { ifMatch: etag })
  } catch (error) {
    if (!isGatewayError(error, 'conflict')) throw error
  }
}

/** A copy bears the time of its making, unless the metadata name another. */
function movedEntry(
  { times, clock }: ObjectStorageParts,
  { key: from, version, bytes, hashes = {} }: FileEntry,
  { to: key, stored }: { readonly to: ObjectKey; readonly stored: Stored },
): FileEntry {
  const own = times.of(from, version)
  times.note(key, stored.etag, own)
  const modified = own ?? wholeSeconds(stored.date ?? clock.now())
  return storedEntry({ key, bytes, version: stored.etag, modified, hashes })
}

/** Writes the time into the metadata: a copy of the object onto itself. */
export async function setModified(
  parts: ObjectStorageParts,
  key: ObjectKey,
  modified: Date,
  options: CallOptions = {},
): Promise<void> {
  refuseHidden(key)
  const facts = key === rootKey ? null : await parts.client.headObject(parts.keys.object(key), options)
  if (facts === null) {
    if (key !== rootKey && !(await isDirectory(parts, key, options))) throw refusal('not-found')
    throw new GatewayError('unsupported', 'The store keeps no times of folders.')
  }
  // Announced before the upload, and said again after it: no copy for that.
  if (timeIn(facts.metadata)?.getTime() === modified.getTime()) return
  const metadata = withTime(facts.metadata, modified)
  const { etag } = await copyObject(parts, { from: key, facts, to: key, metadata, ...options })
  parts.files.forget(key)
  parts.times.note(key, etag, modified)
  parts.recent?.written(headEntry(parts, key, { ...facts, etag, metadata }))
}

async function source(
  parts: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<{ readonly facts: ObjectFacts }> {
  refuseHidden(key)
  const facts = key === rootKey ? null : await parts.client.headObject(parts.keys.object(key), options)
  if (facts !== null) return { facts }
  throw key === rootKey || (await isDirectory(parts, key, options)) ? refusal('is-directory') : refusal('not-found')
}

/** @throws GatewayError when a folder is in the way, a file may not be replaced, or the parent is missing. */
export async function requireFree(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { ifAbsent, ...options }: CallOptions & { readonly ifAbsent: boolean },
): Promise<void> {
  if (key === rootKey || parts.directories.has(key)) throw refusal('is-directory')
  await requireParent(parts, key, options)
  if (!ifAbsent) return
  if ((await statFile(parts, key, options)) !== null) throw refusal('already-exists')
}
