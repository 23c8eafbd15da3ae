import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { SqlRow, StateDatabase } from './sql.ts'
import type { TreeOperationRecord, TreeOperations, TreePhase } from './tree-operations.ts'

export interface SqlTreeOperationsOptions {
  /** The process that claims what this begins or claims; another for each worker. */
  readonly owner: string
  readonly clock: Clock
  readonly newId?: () => string
}

export interface SqlTreeOperations extends TreeOperations {
  /** Leaves what a worker that died was doing to whoever comes next; returns how many. */
  releaseClaims(owner: string): number
  /** The same of anybody. For the start of the gateway, before there are workers. */
  releaseAll(): number
}

/** The journal of folders under way in SQL. There are few lines at a time: which of them hold a folder is found by reading them. */
export function sqlTreeOperations(database: StateDatabase, options: SqlTreeOperationsOptions): SqlTreeOperations {
  const { owner, clock, newId = randomUUID } = options
  const insert = database.prepare(
    `INSERT INTO tree_operations (id, account, storage, source, target, source_path, target_path, total, owner)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const select = database.prepare('SELECT * FROM tree_operations WHERE id = ?')
  const ofStorage = database.prepare('SELECT * FROM tree_operations WHERE storage = ?')
  const update = database.prepare('UPDATE tree_operations SET phase = ?, after = ?, done = ? WHERE id = ?')
  const claim = database.prepare('UPDATE tree_operations SET owner = ? WHERE id = ? AND owner IS NULL RETURNING *')
  const release = database.prepare('UPDATE tree_operations SET owner = NULL, due_at = ? WHERE id = ? AND owner = ?')
  const releaseOf = database.prepare('UPDATE tree_operations SET owner = NULL, due_at = 0 WHERE owner = ?')
  const releaseAll = database.prepare('UPDATE tree_operations SET owner = NULL, due_at = 0')
  const due = database.prepare('SELECT * FROM tree_operations WHERE owner IS NULL AND due_at <= ? ORDER BY number')
  const remove = database.prepare('DELETE FROM tree_operations WHERE id = ?')

  const covering = (storage: string, key: string) =>
    ofStorage
      .all(storage)
      .map(toRecord)
      .find(({ source, target }) => isNear(source, key) || (target !== null && isNear(target, key))) ?? null

  return {
    begin(operation) {
      const { account, storage, source, target, sourcePath, targetPath, total } = operation
      return database.durably(() => {
        if (covering(storage, source) ?? (target !== null && covering(storage, target))) return null
        const id = newId()
        insert.run(id, account, storage, source, target, sourcePath, targetPath, total, owner)
        return recordOrNull(select.get(id))
      })
    },
    progress: (id, { phase, after, done }) => void update.run(phase, after, done, id),
    covering,
    claim: (id) => recordOrNull(claim.get(owner, id)),
    release: (id, at) => void release.run(at.getTime(), id, owner),
    due: () => due.all(clock.now().getTime()).map(toRecord),
    finish: (id) => void remove.run(id),
    releaseClaims: (dead) => releaseOf.run(dead),
    releaseAll: () => releaseAll.run(),
  }
}

/** Whether one folder is the other, or lies in it. */
function isNear(one: string, other: string): boolean {
  return `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`) || one === '' || other === ''
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
