import { call, type StateDatabase } from './sql.ts'

/** A file that an upload was to replace and did not. */
export interface UnreplacedFile {
  readonly account: string
  readonly storage: string
  readonly key: string
  /** Of the file that is still there. */
  readonly version: string
}

/**
 * Files whose replacement broke off with nothing kept of it. Clients that go on by themselves ask for the length then and would
 * put the rest of the new file behind the old one.
 */
export interface BrokenUploads {
  note(file: UnreplacedFile): Promise<void>
  has(file: UnreplacedFile): Promise<boolean>
}

/** Each is forgotten after so many milliseconds. */
export function sqlBrokenUploads(
  database: StateDatabase,
  { keptMilliseconds }: { readonly keptMilliseconds: number },
): BrokenUploads {
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
  return {
    note: async (file) => void noted.add(nameOf(file)),
    has: async (file) => noted.has(nameOf(file)),
  }
}

const insert = (now: string) => `INSERT INTO broken_uploads VALUES (?, ?, ?, ?, ${now})
  ON CONFLICT (account, storage, key) DO UPDATE SET version = excluded.version, noted_at = excluded.noted_at`

const found = 'SELECT 1 AS one FROM broken_uploads WHERE account = ? AND storage = ? AND key = ? AND version = ?'
