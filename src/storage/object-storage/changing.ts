import { GatewayError } from '../../core/errors.ts'
import { joinKeys, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, CopyOptions, FileEntry, RenameOptions } from '../contract.ts'
import type { ObjectFacts } from '../object-http/object-types.ts'
import { refuseHidden } from './bucket-keys.ts'
import { copyObject } from './copying.ts'
import { directoryEntry, headEntry } from './entries.ts'
import { folderInTheWay, isDirectory, missing, requireParent, statFile } from './looking.ts'
import { withTime } from './object-metadata.ts'
import type { ObjectStorageParts } from './parts.ts'

/** Removes a file. A delete says nothing of what was there, so it is looked at first. */
export async function remove(parts: ObjectStorageParts, key: ObjectKey, options: CallOptions = {}): Promise<void> {
  refuseHidden(key)
  if (key === rootKey) throw folderInTheWay()
  if ((await statFile(parts, key, options)) === null)
    throw (await isDirectory(parts, key, options)) ? folderInTheWay() : missing()
  await parts.client.deleteObject(parts.keys.object(key), options)
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
  await parts.client.putObject(parts.keys.directory(key), [], options)
  parts.directories.note(key)
  parts.recent?.written(directoryEntry(key))
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

/** Moves a file by a copy, and then removes it: at no moment is it nowhere. */
export async function renameFile(
  parts: ObjectStorageParts,
  from: ObjectKey,
  { to, facts, ifAbsent = false, ...options }: RenameOptions & { readonly to: ObjectKey; readonly facts: ObjectFacts },
): Promise<void> {
  await requireFree(parts, to, { ifAbsent, ...options })
  await copyObject(parts, { from, facts, to, ...options })
  await parts.client.deleteObject(parts.keys.object(from), options)
  parts.recent?.removed(from)
  parts.recent?.written({ ...headEntry(to, facts, parts.times), key: to })
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
  parts.recent?.written(directoryEntry(to))
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
  const metadata = withTime(facts.metadata, modified)
  const { etag } = await copyObject(parts, { from: key, facts, to: key, metadata, ...options })
  parts.times.note(key, etag, modified)
  parts.recent?.written({ ...headEntry(key, { ...facts, metadata }, parts.times), version: etag })
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
