import { hash } from 'node:crypto'
import type { ObjectKey } from '../../core/paths.ts'
import type { DirectoryEntry, FileEntry } from '../contract.ts'
import type { ListedObject, ObjectFacts } from '../object-http/object-types.ts'
import { knownHashes } from './known-hashes.ts'
import type { KnownTimes } from './known-times.ts'
import { timeIn } from './object-metadata.ts'
import type { ObjectStorageParts } from './parts.ts'

/** Stands where a store tells no time at all. */
const noTime = new Date(0)

/** A file, from what is known of it. */
export function storedEntry(facts: Pick<FileEntry, 'key' | 'bytes' | 'version' | 'modified' | 'hashes'>): FileEntry {
  const { key, bytes, version, modified, hashes } = facts
  const entry = { kind: 'file', key, bytes, version, modified, unique: uniqueOf(key) } as const
  return hashes === undefined || Object.keys(hashes).length === 0 ? entry : { ...entry, hashes }
}

type HeadParts = Pick<ObjectStorageParts, 'client' | 'times'>

/** A file as HEAD or GET tells it. */
export function headEntry({ client, times }: HeadParts, key: ObjectKey, facts: ObjectFacts): FileEntry {
  const { bytes, etag: version, metadata } = facts
  const modified = timeIn(metadata)
  times.meet(key, version, modified)
  return storedEntry({
    key,
    bytes,
    version,
    modified: modified ?? facts.modified ?? noTime,
    hashes: knownHashes(client.dialect, facts),
  })
}

/** A file as a listing tells it: with the store's time, unless the file's own is known. */
export function listedEntry(key: ObjectKey, listed: ListedObject, times: KnownTimes): FileEntry {
  const { bytes, etag: version } = listed
  return storedEntry({
    key,
    bytes,
    version,
    modified: times.of(key, version) ?? wholeSeconds(listed.modified ?? noTime),
  })
}

/** Listings tell milliseconds, answers about one object do not: a file must not change by being looked at another way. */
export function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000)
}

/** A directory, with its marker's time where that was seen. */
export function directoryEntry(key: ObjectKey, times: KnownTimes): DirectoryEntry {
  return { kind: 'directory', key, modified: times.of(markerKey(key), marker), unique: uniqueOf(`${key}/`) }
}

/** A directory's marker was seen, or made. */
export function noteMarker(key: ObjectKey, modified: Date | null, times: KnownTimes): void {
  if (modified !== null) times.noteHere(markerKey(key), marker, wholeSeconds(modified))
}

/** Markers have no content that could be another one day. */
const marker = 'marker'

function markerKey(key: ObjectKey): ObjectKey {
  return `${key}/` as ObjectKey
}

function uniqueOf(text: string): string {
  return hash('sha256', text).slice(0, 24)
}
