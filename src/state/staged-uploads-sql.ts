import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { VirtualPath } from '../core/paths.ts'
import { call, heldBy, type SqlRow, type StateDatabase } from './sql.ts'
import type { StagedUploadRecord, StagedUploads } from './staged-uploads.ts'

export interface SqlStagedUploadsOptions {
  /** The process that claims what this adds or claims; another for each worker. */
  readonly owner: string
  readonly clock: Clock
  readonly newId?: () => string
}

export interface SqlStagedUploads extends StagedUploads {
  /** Keeps what processes that are gone were writing: those whose names begin so. Returns how many. */
  releaseClaims(owners: string): Promise<number>
}

const newest =
  'SELECT * FROM staged_uploads WHERE account = ? AND path = ? AND was_kept = 1 ORDER BY touched_at DESC, number DESC LIMIT 1'

/**
 * The journal of staged uploads in SQL. `keep` survives a power cut, for a client was told that it may go on. The others
 * survive the process only: after a power cut the storage's own sweep finds what the journal forgot, and an entry too many
 * has a ticket that nothing answers to.
 */
export function sqlStagedUploads(database: StateDatabase, options: SqlStagedUploadsOptions): SqlStagedUploads {
  const { owner, clock, newId = randomUUID } = options
  const now = () => clock.now().getTime()

  return {
    async add({ account, path, storage, ticket }) {
      const id = newId()
      await database.run(
        `INSERT INTO staged_uploads (id, account, path, storage, ticket, created_at, touched_at, owner)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, account, path, storage, ticket, now(), now(), owner],
      )
      return id
    },
    find: async (account, path) => recordOrNull(await database.get(newest, account, path)),
    async claim(id) {
      const sql = 'UPDATE staged_uploads SET owner = ?, touched_at = ? WHERE id = ? AND owner IS NULL RETURNING *'
      return recordOrNull(await database.get(sql, owner, now(), id))
    },
    async keep(id, ticket) {
      const sql =
        'UPDATE staged_uploads SET owner = NULL, was_kept = 1, ticket = ?, touched_at = ? WHERE id = ? AND owner = ?'
      await database.durably(call(sql, ticket, now(), id, owner))
    },
    async update(id, ticket) {
      await database.run('UPDATE staged_uploads SET ticket = ?, touched_at = ? WHERE id = ?', ticket, now(), id)
    },
    async remove(id) {
      await database.run('DELETE FROM staged_uploads WHERE id = ?', id)
    },
    async all({ storage, before } = {}) {
      const end = before?.getTime() ?? Number.MAX_SAFE_INTEGER
      const all = 'SELECT * FROM staged_uploads WHERE touched_at < ?'
      const rows =
        storage === undefined
          ? await database.all(`${all} ORDER BY number`, end)
          : await database.all(`${all} AND storage = ? ORDER BY number`, end, storage)
      return rows.map(toRecord)
    },
    async releaseClaims(owners) {
      const { condition, values } = heldBy(owners)
      return database.run(`UPDATE staged_uploads SET owner = NULL, was_kept = 1 WHERE ${condition}`, ...values)
    },
  }
}

function recordOrNull(row: SqlRow | null): StagedUploadRecord | null {
  return row === null ? null : toRecord(row)
}

function toRecord(row: SqlRow): StagedUploadRecord {
  return {
    id: String(row['id']),
    account: String(row['account']),
    path: String(row['path']) as VirtualPath,
    storage: String(row['storage']),
    ticket: String(row['ticket']),
    createdAt: new Date(Number(row['created_at'])),
    touchedAt: new Date(Number(row['touched_at'])),
    isKept: row['owner'] === null,
  }
}
