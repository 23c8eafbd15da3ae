import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { call, heldBy, type SqlRow, type StateDatabase } from './sql.ts'
import type { WaitingIntent, WaitingUpload, WaitingUploads } from './waiting-uploads.ts'

export interface SqlWaitingUploadsOptions {
  /** The process that claims; another for each worker. */
  readonly owner: string
  readonly clock: Clock
  readonly newId?: () => string
}

export interface SqlWaitingUploads extends WaitingUploads {
  /** Lets go of what processes that are gone had claimed: those whose names begin so. Returns how many. */
  releaseClaims(owners: string): Promise<number>
}

const insert = `INSERT INTO waiting_uploads
  (id, account, storage, key, final_key, ticket, bytes, modified, has_own_time, hashes, ended_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** What somebody has, or has begun with, is theirs to end. */
const supersede = `DELETE FROM waiting_uploads
  WHERE account = ? AND storage = ? AND key = ? AND owner IS NULL AND intent IS NULL RETURNING *`

const ofAccount = 'SELECT * FROM waiting_uploads WHERE account = ? AND storage = ?'

/** A client has read 226 for each line: it is written with the database's full care, and removed with less. */
export function sqlWaitingUploads(database: StateDatabase, options: SqlWaitingUploadsOptions): SqlWaitingUploads {
  const { owner, clock, newId = randomUUID } = options

  return {
    async add({ account, storage, key, finalKey, ticket, bytes, modified, hasOwnTime, hashes }, journaledTicket) {
      const names = [account, storage, key, finalKey, ticket]
      const facts = [bytes, modified.getTime(), hasOwnTime ? 1 : 0, JSON.stringify(hashes), clock.now().getTime()]
      const [, superseded] = await database.durably(
        call(
          'DELETE FROM staged_uploads WHERE account = ? AND storage = ? AND ticket = ?',
          ...[account, storage, journaledTicket],
        ),
        call(supersede, account, storage, key),
        call(insert, newId(), ...names, ...facts),
      )
      return (superseded?.rows ?? []).map(toWaiting)
    },
    async find(account, storage, key) {
      const sql = `${ofAccount} AND key = ? ORDER BY number DESC LIMIT 1`
      const row = await database.get(sql, account, storage, key)
      return row === null ? null : toWaiting(row)
    },
    async count(account, storage) {
      const sql = 'SELECT count(*) AS count FROM waiting_uploads WHERE account = ? AND storage = ?'
      return Number((await database.get(sql, account, storage))?.['count'])
    },
    async below(account, storage, directory) {
      // A slash comes right before a zero.
      const range = [`${directory}/`, `${directory}0`]
      const rows =
        directory === ''
          ? await database.all(`${ofAccount} ORDER BY key, number DESC`, account, storage)
          : await database.all(
              `${ofAccount} AND key > ? AND key < ? ORDER BY key, number DESC`,
              account,
              storage,
              ...range,
            )
      return rows.map(toWaiting).filter(({ key }, index, all) => key !== all[index - 1]?.key)
    },
    async claim(id) {
      return (await database.run('UPDATE waiting_uploads SET owner = ? WHERE id = ? AND owner IS NULL', owner, id)) > 0
    },
    async intend(id, intent) {
      const change = call('UPDATE waiting_uploads SET intent = ? WHERE id = ?', intent, id)
      await (intent === 'divert' ? database.durably(change) : database.transaction(change))
    },
    async release(id) {
      await database.run('UPDATE waiting_uploads SET owner = NULL WHERE id = ? AND owner = ?', id, owner)
    },
    async setModified(id, modified) {
      const sql = 'UPDATE waiting_uploads SET modified = ?, has_own_time = 1 WHERE id = ?'
      await database.run(sql, modified.getTime(), id)
    },
    async remove(id) {
      await database.run('DELETE FROM waiting_uploads WHERE id = ?', id)
    },
    async all({ storage, endedBefore } = {}) {
      const end = endedBefore?.getTime() ?? Number.MAX_SAFE_INTEGER
      const all = 'SELECT * FROM waiting_uploads WHERE ended_at < ?'
      const rows =
        storage === undefined
          ? await database.all(`${all} ORDER BY number`, end)
          : await database.all(`${all} AND storage = ? ORDER BY number`, end, storage)
      return rows.map(toWaiting)
    },
    async releaseClaims(owners) {
      const { condition, values } = heldBy(owners)
      return database.run(`UPDATE waiting_uploads SET owner = NULL WHERE ${condition}`, ...values)
    },
  }
}

function toWaiting(row: SqlRow): WaitingUpload {
  return {
    id: String(row['id']),
    account: String(row['account']),
    storage: String(row['storage']),
    key: String(row['key']),
    finalKey: String(row['final_key']),
    ticket: String(row['ticket']),
    bytes: Number(row['bytes']),
    modified: new Date(Number(row['modified'])),
    hashes: JSON.parse(String(row['hashes'])) as Record<string, string>,
    hasOwnTime: Number(row['has_own_time']) === 1,
    endedAt: new Date(Number(row['ended_at'])),
    intent: row['intent'] as WaitingIntent | null,
  }
}
