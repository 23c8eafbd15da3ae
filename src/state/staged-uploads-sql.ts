import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { SqlRow, StateDatabase } from './sql.ts'
import type { StagedUploadRecord, StagedUploads } from './staged-uploads.ts'

export interface SqlStagedUploadsOptions {
  /** The process that claims what this adds or claims; another for each worker. */
  readonly owner: string
  readonly clock: Clock
  readonly newId?: () => string
}

export interface SqlStagedUploads extends StagedUploads {
  /** Keeps what a worker that died was writing; returns how many. */
  releaseClaims(owner: string): number
  /** Keeps what anybody was writing. For the start of the gateway, before there are workers. */
  releaseAll(): number
}

/**
 * The journal of staged uploads in SQL. `keep` survives a power cut, for a client was told that it may go on. The others
 * survive the process only: after a power cut the storage's own sweep finds what the journal forgot, and an entry too many
 * has a ticket that nothing answers to.
 */
export function sqlStagedUploads(database: StateDatabase, options: SqlStagedUploadsOptions): SqlStagedUploads {
  const { owner, clock, newId = randomUUID } = options
  const insert = database.prepare(
    `INSERT INTO staged_uploads (id, account, path, storage, ticket, created_at, touched_at, owner)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const newest = database.prepare(
    'SELECT * FROM staged_uploads WHERE account = ? AND path = ? AND was_kept = 1 ORDER BY touched_at DESC, number DESC LIMIT 1',
  )
  const claim = database.prepare(
    'UPDATE staged_uploads SET owner = ?, touched_at = ? WHERE id = ? AND owner IS NULL RETURNING *',
  )
  const keep = database.prepare(
    'UPDATE staged_uploads SET owner = NULL, was_kept = 1, ticket = ?, touched_at = ? WHERE id = ? AND owner = ?',
  )
  const update = database.prepare('UPDATE staged_uploads SET ticket = ?, touched_at = ? WHERE id = ?')
  const remove = database.prepare('DELETE FROM staged_uploads WHERE id = ?')
  const release = database.prepare('UPDATE staged_uploads SET owner = NULL, was_kept = 1 WHERE owner = ?')
  const releaseAll = database.prepare('UPDATE staged_uploads SET owner = NULL, was_kept = 1 WHERE owner IS NOT NULL')
  const every = database.prepare('SELECT * FROM staged_uploads WHERE touched_at < ? ORDER BY number')
  const ofStorage = database.prepare(
    'SELECT * FROM staged_uploads WHERE storage = ? AND touched_at < ? ORDER BY number',
  )
  const now = () => clock.now().getTime()

  return {
    add({ account, path, storage, ticket }) {
      const id = newId()
      insert.run(id, account, path, storage, ticket, now(), now(), owner)
      return id
    },
    find: (account, path) => recordOrNull(newest.get(account, path)),
    claim: (id) => recordOrNull(claim.get(owner, now(), id)),
    keep: (id, ticket) => {
      database.durably(() => keep.run(ticket, now(), id, owner))
    },
    update: (id, ticket) => void update.run(ticket, now(), id),
    remove: (id) => {
      remove.run(id)
    },
    all({ storage, before } = {}) {
      const end = before?.getTime() ?? Number.MAX_SAFE_INTEGER
      return (storage === undefined ? every.all(end) : ofStorage.all(storage, end)).map(toRecord)
    },
    releaseClaims: (dead) => release.run(dead),
    releaseAll: () => releaseAll.run(),
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
