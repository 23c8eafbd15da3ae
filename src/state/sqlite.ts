import fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { GatewayError } from '../core/errors.ts'
import { makeFolders } from '../core/folders.ts'
import { migrations, requireKnown } from './migrations.ts'
import { databaseOf, type SqlCall, type SqlEngine, type SqlResult, type StateDatabase } from './sql.ts'

/** How long a change waits for other processes of the gateway. */
const busyMilliseconds = 5000

/** The state in one file of the directory; what a killed process left is recovered. @throws as `openState` does. */
export function openSqlite(directory: string): StateDatabase {
  try {
    makePrivate(directory)
    const file = new DatabaseSync(join(directory, 'state.db'), { timeout: busyMilliseconds })
    return opened(file)
  } catch (error) {
    throw translate(error)
  }
}

/** What nobody refers to is collected, and let go of with it. */
const held = new Set<DatabaseSync>()

/**
 * Holds a file of its own in the directory as long as this process lives: the kernel lets go of it, however the process ends.
 * Null when another process holds it. @throws as `openState` does.
 */
export function holdExclusively(directory: string, name: string): { close(): void } | null {
  try {
    makePrivate(directory)
    const file = new DatabaseSync(join(directory, name), { timeout: 0 })
    try {
      file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    } catch (error) {
      file.close()
      if (sqliteCode(error) === 'busy') return null
      throw error
    }
    held.add(file)
    return { close: () => letGo(file) }
  } catch (error) {
    throw translate(error)
  }
}

function letGo(file: DatabaseSync): void {
  if (held.delete(file)) file.close()
}

function opened(file: DatabaseSync): StateDatabase {
  try {
    // A lost NORMAL commit after a power cut never tears the file: WAL goes back to the one before.
    unlessBusy(() => file.exec('PRAGMA journal_mode = WAL'))
    file.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
    within(file, () => migrate(file))
    return databaseOf(engineOf(file))
  } catch (error) {
    file.close()
    throw error
  }
}

interface Prepared {
  readonly statement: StatementSync
  /** It tells rows, other than a change. */
  readonly hasRows: boolean
}

/** Calls take microseconds: they are done at once, and only told later. */
function engineOf(file: DatabaseSync): SqlEngine {
  const statements = new Map<string, Prepared>()

  function prepared(sql: string): Prepared {
    const statement = file.prepare(sql)
    // Asked once: it takes twice as long as a question that finds nothing, and those are most.
    const made = { statement, hasRows: statement.columns().length > 0 }
    statements.set(sql, made)
    return made
  }

  function execute({ sql, values }: SqlCall): SqlResult {
    const { statement, hasRows } = statements.get(sql) ?? prepared(sql)
    const bound: readonly SQLInputValue[] = values
    if (!hasRows) return { rows: [], count: Number(statement.run(...bound).changes) }
    const rows = statement.all(...bound)
    return { rows, count: rows.length }
  }

  const all = (calls: readonly SqlCall[]) => within(file, () => calls.map(execute))

  function durably(calls: readonly SqlCall[]): readonly SqlResult[] {
    file.exec('PRAGMA synchronous = FULL')
    try {
      return all(calls)
    } finally {
      file.exec('PRAGMA synchronous = NORMAL')
    }
  }

  return {
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    execute: async (call) => translated(() => execute(call)),
    transaction: async (...calls) => translated(() => all(calls)),
    durably: async (...calls) => translated(() => durably(calls)),
    close: async () => file.close(),
  }
}

/** Of processes that open a new file together, SQLite sends all but one away at once, without waiting for its time-out. */
function unlessBusy(work: () => void): void {
  for (let left = busyMilliseconds / 10; ; left--) {
    try {
      return work()
    } catch (error) {
      if (sqliteCode(error) !== 'busy' || left <= 0) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

function within<T>(file: DatabaseSync, work: () => T): T {
  file.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    file.exec('COMMIT')
    return result
  } catch (error) {
    if (file.isTransaction) file.exec('ROLLBACK')
    throw error
  }
}

/** Brings the tables up to date, once, however many processes open them at the same time. */
function migrate(file: DatabaseSync): void {
  const version = Number(file.prepare('PRAGMA user_version').get()?.['user_version'])
  for (const sql of requireKnown(version)) file.exec(sql)
  if (version < migrations.length) file.exec(`PRAGMA user_version = ${migrations.length}`)
}

function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw translate(error)
  }
}

function makePrivate(directory: string): void {
  makeFolders(fs, directory, { mode: 0o700 })
  // The mode above is only for one that was missing.
  fs.chmodSync(directory, 0o700)
}

/** SQLite's primary result codes that mean something to us. https://sqlite.org/rescode.html */
function sqliteCode(error: unknown): 'busy' | 'corrupt' | 'full' | 'other' | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  const primary = Number(error.errcode) & 0xff
  if (primary === 5 || primary === 6) return 'busy'
  if (primary === 13) return 'full'
  return primary === 11 || primary === 26 ? 'corrupt' : 'other'
}

function translate(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (sqliteCode(error) === 'corrupt') {
    return new GatewayError('corrupted', 'The state database is damaged, or is no database.', { cause: error })
  }
  const why = sqliteCode(error) === 'full' ? ': its disk is full' : ''
  return new GatewayError('unavailable', `The state directory cannot be used${why}.`, { cause: error })
}
