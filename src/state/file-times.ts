import type { ObjectKey } from '../core/paths.ts'
import { call, type SqlCall, type StateDatabase } from './sql.ts'

/** The time that one version of a file bears. */
interface FileTime {
  readonly version: string
  readonly modified: Date
}

/** Times of files in stores whose listings do not tell them. They outlive the process, and all processes share them. */
export interface FileTimeStore {
  find(storage: string, keys: readonly ObjectKey[]): Promise<ReadonlyMap<ObjectKey, FileTime>>
  /** Null takes the file's time away. */
  write(storage: string, changes: readonly (readonly [ObjectKey, FileTime | null])[]): Promise<void>
}

/** Keys in one query: as many as a page of a listing has. */
const mostAsked = 1024
/** How many are written by a process before it looks whether there are too many. */
const writesBetween = 1000

/** Keeps the `most` that were written last, and a few more for a while. */
export function sqlFileTimes(database: StateDatabase, { most = 1_000_000 } = {}): FileTimeStore {
  let untilLook = 0
  return {
    async find(storage, keys) {
      const found = new Map<ObjectKey, FileTime>()
      for (let at = 0; at < keys.length; at += mostAsked) {
        const names = padded(keys.slice(at, at + mostAsked))
        const sql = `SELECT key, version, modified FROM file_times
          WHERE storage = ? AND key IN (${names.map(() => '?').join(',')})`
        for (const { key, version, modified } of await database.all(sql, storage, ...names))
          found.set(key as ObjectKey, { version: String(version), modified: new Date(Number(modified)) })
      }
      return found
    },
    async write(storage, changes) {
      // In one order: two that write the same rows must not wait for each other.
      const sorted = changes.toSorted(([first], [second]) => (first < second ? -1 : 1))
      await database.transaction(...sorted.map(([key, time]) => change(database, { storage, key, time })))
      untilLook -= changes.length
      if (untilLook > 0) return
      untilLook = writesBetween
      await database.transaction(call(forgetOldest, most))
    },
  }
}

interface Change {
  readonly storage: string
  readonly key: ObjectKey
  readonly time: FileTime | null
}

function change({ now }: StateDatabase, { storage, key, time }: Change): SqlCall {
  if (time === null) return call('DELETE FROM file_times WHERE storage = ? AND key = ?', storage, key)
  const sql = `INSERT INTO file_times VALUES (?, ?, ?, ?, ${now}) ON CONFLICT (storage, key)
    DO UPDATE SET version = excluded.version, modified = excluded.modified, noted_at = excluded.noted_at`
  return call(sql, storage, key, time.version, time.modified.getTime())
}

/** Up to the next power of two: statements are kept prepared, and so there are few. */
function padded(keys: readonly ObjectKey[]): readonly ObjectKey[] {
  const length = 2 ** Math.ceil(Math.log2(keys.length))
  return Array.from({ length }, (_, index) => keys[Math.min(index, keys.length - 1)] ?? ('' as ObjectKey))
}

const forgetOldest = `DELETE FROM file_times WHERE (storage, key) IN (
  SELECT storage, key FROM file_times ORDER BY noted_at DESC, storage DESC, key DESC LIMIT 1000000 OFFSET ?
)`
