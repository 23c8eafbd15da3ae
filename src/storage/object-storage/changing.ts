import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { joinKeys, parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, CopyOptions, FileEntry, RenameOptions } from '../contract.ts'
import type { ObjectFacts, Stored } from '../object-http/object-types.ts'
import { refuseHidden } from './bucket-keys.ts'
import { copyObject, type CopiedFacts } from './copying.ts'
import { directoryEntry, headEntry, noteMarker, storedEntry, wholeSeconds } from './entries.ts'
import type { KnownFile } from './known-files.ts'
import { folderInTheWay, headFile, isDirectory, missing, requireParent, statFile } from './looking.ts'
import { timeIn, withTime } from './object-metadata.ts'
import type { ObjectStorageParts } from './parts.ts'

/**
 * Removes a file. A delete says nothing of what was there, so it is looked at first, and costs two requests: to answer that a
 * file was removed which was not there, or to be silent about a folder of that name, would be no saving.
 */
export async function remove(parts: ObjectStorageParts, key: ObjectKey, options: CallOptions = {}): Promise<void> {
  refuseHidden(key)
  if (key === rootKey) throw folderInTheWay()
  if ((await statFile(parts, key, options)) === null)
    throw (await isDirectory(parts, key, options)) ? folderInTheWay() : missing()
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
  if (key === rootKey) throw taken()
  await requireParent(parts, key, options)
  if ((await isDirectory(parts, key, options)) || (await statFile(parts, key, options))) throw taken()
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
    if (await statFile(parts, key, options)) throw new GatewayError('not-directory', 'A file is no folder.')
    throw missing()
  }
  if (objects.some((object) => object.key !== marker))
    throw new GatewayError('directory-not-empty', 'The folder is not empty.')
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
  if (own !== null) times.note(key, stored.etag, own)
  const modified = own ?? wholeSeconds(stored.date ?? clock.now())
  return storedEntry({ key, bytes, version: stored.etag, modified, hashes })
}

/** Moves all below a directory: copies first, removes when all copies are there. Begun again, it goes on. */
export async function renameDirectory(
  parts: ObjectStorageParts,
  from: ObjectKey,
  { to, ...options }: CallOptions & { readonly to: ObjectKey },
): Promise<void> {
  await requireParent(parts, to, options)
  if ((await isDirectory(parts, to, options)) || (await statFile(parts, to, options))) throw taken()
  const { client, keys } = parts
  const source = keys.directory(from)
  const target = keys.directory(to)
  const moved: string[] = []
  let cursor: string | null = null
  do {
    const page = await client.listObjects({ ...options, prefix: source, cursor })
    await inParallel(page.objects, async ({ key }) => {
      const facts = await client.headObject(key, options)
      if (facts === null) return
      const below = key.slice(source.length)
      if (below === '' || below.endsWith('/')) await client.putObject(target + below, [], options)
      else
        await copyObject(parts, {
          ...{ facts, ...options },
          from: joinKeys(from, below as ObjectKey),
          to: joinKeys(to, below as ObjectKey),
        })
    })
    moved.push(...page.objects.map(({ key }) => key))
    cursor = page.next
  } while (cursor !== null)
  for (let at = 0; at < moved.length; at += 1000) {
    const failed = await client.deleteObjects(moved.slice(at, at + 1000), options)
    if (failed[0] !== undefined) throw failed[0].error
  }
  parts.directories.forget(from)
  parts.directories.note(to)
  parts.recent?.removed(from)
  parts.recent?.written(directoryEntry(to, parts.times))
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
    if (key !== rootKey && !(await isDirectory(parts, key, options))) throw missing()
    throw new GatewayError('unsupported', 'The store keeps no times of folders.')
  }
  // Announced before the upload, and said again after it: no copy for that.
  if (timeIn(facts.metadata)?.getTime() === modified.getTime()) return
  const metadata = withTime(facts.metadata, modified)
  const { etag } = await copyObject(parts, { from: key, facts, to: key, metadata, ...options })
  parts.files.forget(key)
  parts.times.note(key, etag, modified)
  parts.recent?.written({ ...headEntry(parts, key, { ...facts, metadata }), version: etag })
}

async function source(
  parts: ObjectStorageParts,
  key: ObjectKey,
  options: CallOptions,
): Promise<{ readonly facts: ObjectFacts }> {
  refuseHidden(key)
  const facts = key === rootKey ? null : await parts.client.headObject(parts.keys.object(key), options)
  if (facts !== null) return { facts }
  throw key === rootKey || (await isDirectory(parts, key, options)) ? folderInTheWay() : missing()
}

/** @throws GatewayError when a folder is in the way, a file may not be replaced, or the parent is missing. */
async function requireFree(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { ifAbsent, ...options }: CallOptions & { readonly ifAbsent: boolean },
): Promise<void> {
  if (key === rootKey || parts.directories.has(key)) throw folderInTheWay()
  await requireParent(parts, key, options)
  if (!ifAbsent) return
  if ((await statFile(parts, key, options)) !== null) throw taken()
}

function taken(): GatewayError {
  return new GatewayError('already-exists', 'Something of that name is there already.')
}

/** Requests at once while a directory is moved. */
const parallel = 8

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  const workers = Array.from({ length: parallel }, async () => {
    for (const item of rest) await work(item)
  })
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
