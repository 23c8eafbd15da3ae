import fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { GatewayError } from '../core/errors.ts'
import { makeFolders } from '../core/folders.ts'
import { migrate } from './migrations.ts'
import type { SqlValue, StateDatabase, Statement } from './sql.ts'

/** How long a change waits for other processes of the gateway. */
const busyMilliseconds = 5000

/**
 * Opens the database in the directory, makes both when missing, and brings the tables up to date. What a killed process left
 * is recovered. @throws GatewayError 'corrupted' when the file is no database of ours, 'conflict' when a newer Sluice made it,
 *   'unavailable' when the directory cannot be used.
 */
export function openState(directory: string): StateDatabase {
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
    file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
    const database = wrap(file)
    migrate(database)
    return database
  } catch (error) {
    file.close()
    throw error
  }
}

function wrap(file: DatabaseSync): StateDatabase {
  function transaction<T>(work: () => T): T {
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

  function durably<T>(work: () => T): T {
    file.exec('PRAGMA synchronous = FULL')
    try {
      return transaction(work)
    } finally {
      file.exec('PRAGMA synchronous = NORMAL')
    }
  }

  return { prepare: (sql) => prepared(file, sql), transaction, durably, close: () => file.close() }
}

function prepared(file: DatabaseSync, sql: string): Statement {
  const statement = file.prepare(sql)
  const bind = (values: readonly SqlValue[]): SQLInputValue[] => [...values]
  return {
    run: (...values) => Number(statement.run(...bind(values)).changes),
    get: (...values) => statement.get(...bind(values)) ?? null,
    all: (...values) => statement.all(...bind(values)),
  }
}

function makePrivate(directory: string): void {
  makeFolders(fs, directory, { mode: 0o700 })
  // The mode above is only for one that was missing.
  fs.chmodSync(directory, 0o700)
}

/** SQLite's primary result codes that mean something to us. https://sqlite.org/rescode.html */
function sqliteCode(error: unknown): 'busy' | 'corrupt' | 'other' | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  const primary = Number(error.errcode) & 0xff
  if (primary === 5 || primary === 6) return 'busy'
  return primary === 11 || primary === 26 ? 'corrupt' : 'other'
}

function translate(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (sqliteCode(error) === 'corrupt') {
    return new GatewayError('corrupted', 'The state database is damaged, or is no database.', { cause: error })
  }
  return new GatewayError('unavailable', 'The state directory cannot be used.', { cause: error })
}
