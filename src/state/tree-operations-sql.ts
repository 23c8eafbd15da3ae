import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { call, heldBy, type SqlRow, type StateDatabase } from './sql.ts'
import type { TreeOperationRecord, TreeOperations, TreePhase } from './tree-operations.ts'

export interface SqlTreeOperationsOptions {
  /** The process that claims what this begins or claims; another for each worker. */
  readonly owner: string
  readonly clock: Clock
  readonly newId?: () => string
}

export interface SqlTreeOperations extends TreeOperations {
  /** Leaves what processes that are gone were doing to whoever comes next: those whose names begin so. Returns how many. */
  releaseClaims(owners: string): Promise<number>
}

/** Whoever changes this line waits for the others that do, so that what is looked at in between stays so. */
const takeTurn =
  "INSERT INTO facts VALUES ('tree operations', '') ON CONFLICT (name) DO UPDATE SET value = excluded.value"

const insertIfFree = `INSERT INTO tree_operations (id, account, storage, source, target, source_path, target_path, total, owner)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CAST(?8 AS BIGINT), ?9
  WHERE NOT EXISTS (
    SELECT 1 FROM tree_operations
    WHERE storage = ?3 AND (${isNear(4)} OR (CAST(?5 AS TEXT) IS NOT NULL AND ${isNear(5)}))
  )
  RETURNING *`

/** The journal of folders under way in SQL. There are few lines at a time: which of them hold a folder is found by reading them. */
export function sqlTreeOperations(database: StateDatabase, options: SqlTreeOperationsOptions): SqlTreeOperations {
  const { owner, clock, newId = randomUUID } = options

  return {
    async begin({ account, storage, source, target, sourcePath, targetPath, total }) {
      const values = [newId(), account, storage, source, target, sourcePath, targetPath, total, owner]
      const [, begun] = await database.durably(call(takeTurn), call(insertIfFree, ...values))
      return recordOrNull(begun?.rows[0] ?? null)
    },
    async progress(id, { phase, after, done }) {
      await database.run(
        'UPDATE tree_operations SET phase = ?, after = ?, done = ? WHERE id = ?',
        phase,
        after,
        done,
        id,
      )
    },
    async covering(storage, key) {
      const sql = `SELECT * FROM tree_operations WHERE storage = ?2 AND ${isNear(1)} ORDER BY number LIMIT 1`
      return recordOrNull(await database.get(sql, key, storage))
    },
    async claim(id) {
      const sql = 'UPDATE tree_operations SET owner = ? WHERE id = ? AND owner IS NULL RETURNING *'
      return recordOrNull(await database.get(sql, owner, id))
    },
    async release(id, at) {
      const sql = 'UPDATE tree_operations SET owner = NULL, due_at = ? WHERE id = ? AND owner = ?'
      await database.run(sql, at.getTime(), id, owner)
    },
    async due() {
      const sql = 'SELECT * FROM tree_operations WHERE owner IS NULL AND due_at <= ? ORDER BY number'
      return (await database.all(sql, clock.now().getTime())).map(toRecord)
    },
    async finish(id) {
      await database.run('DELETE FROM tree_operations WHERE id = ?', id)
    },
    async releaseClaims(owners) {
      const { condition, values } = heldBy(owners)
      return database.run(`UPDATE tree_operations SET owner = NULL, due_at = 0 WHERE ${condition}`, ...values)
    },
  }
}

/** Whether a line's source or target is the folder of this parameter, or lies in it, or the other way round. '' is the root. */
function isNear(parameter: number): string {
  const key = `CAST(?${parameter} AS TEXT)`
  const near = (column: string) =>
    `${column} = '' OR substr(${key} || '/', 1, length(${column}) + 1) = ${column} || '/'
     OR substr(${column} || '/', 1, length(${key}) + 1) = ${key} || '/'`
  return `(${key} = '' OR ${near('source')} OR ${near('target')})`
}

function recordOrNull(row: SqlRow | null): TreeOperationRecord | null {
  return row === null ? null : toRecord(row)
}

function toRecord(row: SqlRow): TreeOperationRecord {
  const textOrNull = (name: string) => {
    const value = row[name]
    return typeof value === 'string' ? value : null
  }
  return {
    id: String(row['id']),
    account: String(row['account']),
    storage: String(row['storage']),
    source: String(row['source']),
    target: textOrNull('target'),
    sourcePath: String(row['source_path']),
    targetPath: textOrNull('target_path'),
    phase: String(row['phase']) as TreePhase,
    after: textOrNull('after'),
    done: Number(row['done']),
    total: Number(row['total']),
  }
}
