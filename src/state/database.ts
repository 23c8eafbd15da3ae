import type { StateOptions } from './options.ts'
import type { StateDatabase } from './sql.ts'
import { openSqlite } from './sqlite.ts'

/**
 * Opens the state, makes it when missing, and brings its tables up to date: in the directory, or in the PostgreSQL that the
 * options name. @throws GatewayError 'corrupted' when the file is no database of ours, 'conflict' when a newer Sluice made it,
 *   'unavailable' when directory or server cannot be used.
 */
export async function openState({ directory, database }: StateOptions): Promise<StateDatabase> {
  if (database === undefined) return openSqlite(directory)
  // Most gateways need no driver for it.
  const { openPostgresql } = await import('./postgresql.ts')
  return await openPostgresql(database)
}
