import { createHash } from 'node:crypto'
import type { ObjectKey } from '../../core/paths.ts'
import type { DirectoryEntry, FileEntry } from '../contract.ts'
import type { ListedObject, ObjectFacts } from '../object-http/object-types.ts'
import { hashesIn, timeIn } from './object-metadata.ts'
import type { KnownTimes } from './known-times.ts'

/** Stands where a store tells no time at all. */
const noTime = new Date(0)

/** A file as HEAD or GET tells it. */
export function headEntry(key: ObjectKey, facts: ObjectFacts, times: KnownTimes): FileEntry {
  const modified = timeIn(facts.metadata)
  const hashes = hashesIn(facts.metadata)
  if (modified !== null) times.note(key, facts.etag, modified)
  return {
    kind: 'file',
    key,
    bytes: facts.bytes,
    modified: modified ?? facts.modified ?? noTime,
    version: facts.etag,
    unique: uniqueOf(key),
    ...(Object.keys(hashes).length > 0 && { hashes }),
  }
}

/** A file as a listing tells it: with the store's time, unless this process has met the file's own. */
export function listedEntry(key: ObjectKey, listed: ListedObject, times: KnownTimes): FileEntry {
  return {
    kind: 'file',
    key,
    bytes: listed.bytes,
    modified: times.of(key, listed.etag) ?? wholeSeconds(listed.modified),
    version: listed.etag,
    unique: uniqueOf(key),
  }
}

/** Listings tell milliseconds, answers about one object do not: a file must not change by being looked at another way. */
function wholeSeconds(time: Date | null): Date {
  return time === null ? noTime : new Date(Math.floor(time.getTime() / 1000) * 1000)
}

export function directoryEntry(key: ObjectKey): DirectoryEntry {
  return { kind: 'directory', key, modified: null, unique: uniqueOf(`${key}/`) }
}

function uniqueOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}
