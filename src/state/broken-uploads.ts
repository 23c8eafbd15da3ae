import {
  runningHere,
  type FileUnderWay,
  type RunningUpload,
  type RunningUploads,
  type UnreplacedFile,
} from './running-uploads.ts'
import { call, type StateDatabase } from './sql.ts'

/**
 * Files whose replacement broke off with nothing kept of it. Clients that go on by themselves ask for the length then and would
 * put the rest of the new file behind the old one.
 */
export interface BrokenNotes {
  note(file: UnreplacedFile): Promise<void>
  has(file: UnreplacedFile): Promise<boolean>
}

/** The same, and those whose replacement runs: nothing goes on from them either, also when the process dies meanwhile. */
export interface BrokenUploads extends BrokenNotes {
  /** An upload of a whole file begins. */
  begin(file: FileUnderWay): RunningUpload
}

export function brokenUploads(notes: BrokenNotes, running: Pick<RunningUploads, 'begin' | 'has'>): BrokenUploads {
  return {
    begin: running.begin,
    note: notes.note,
    has: async (file) => running.has(file) || (await notes.has(file)),
  }
}

/** How long a client may not go on from the file that its broken upload was to replace. */
export const brokenMilliseconds = 86_400_000

/** Each is forgotten after so many milliseconds. */
export function sqlBrokenNotes(
  database: StateDatabase,
  { keptMilliseconds }: { readonly keptMilliseconds: number },
): BrokenNotes {
  return {
    async note({ account, storage, key, version }) {
      await database.transaction(
        call(`DELETE FROM broken_uploads WHERE noted_at < ${database.now} - ?`, keptMilliseconds),
        call(insert(database.now), account, storage, key, version),
      )
    },
    async has({ account, storage, key, version }) {
      const row = await database.get(
        `${found} AND noted_at >= ${database.now} - ?`,
        account,
        storage,
        key,
        version,
        keptMilliseconds,
      )
      return row !== null
    },
  }
}

/** For a tree by itself: what it has noted is gone with the process. */
export function ownBrokenUploads(): BrokenUploads {
  const noted = new Set<string>()
  const nameOf = ({ account, storage, key, version }: UnreplacedFile) =>
    JSON.stringify([account, storage, key, version])
  const notes: BrokenNotes = {
    note: async (file) => void noted.add(nameOf(file)),
    has: async (file) => noted.has(nameOf(file)),
  }
  return brokenUploads(notes, runningHere())
}

const insert = (now: string) => `INSERT INTO broken_uploads VALUES (?, ?, ?, ?, ${now})
  ON CONFLICT (account, storage, key) DO UPDATE SET version = excluded.version, noted_at = excluded.noted_at`

const found = 'SELECT 1 AS one FROM broken_uploads WHERE account = ? AND storage = ? AND key = ? AND version = ?'
