import pg from 'pg'
import { GatewayError } from '../core/errors.ts'
import { migrations, requireKnown } from './migrations.ts'
import { databaseOf, type SqlCall, type SqlEngine, type SqlResult, type StateDatabase } from './sql.ts'

/** Connections of one process: a statement takes a round trip, and there is one for each step of an upload at most. */
const mostConnections = 4
const connectMilliseconds = 10_000
const statementMilliseconds = 30_000
/** Any number will do that nobody else on the server uses. */
const migrationLock = 7_358_301

/** Whole numbers come as numbers: ours are bytes, times and counts, all below 2⁵³. */
const types = new pg.TypeOverrides()
types.setTypeParser(pg.types.builtins.INT8, Number)

/** Opens the state on a server, `postgresql://user:password@host/database`. @throws GatewayError as `openState` does. */
export async function openPostgresql(url: string): Promise<StateDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: mostConnections,
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: statementMilliseconds,
    application_name: 'sluice',
    keepAlive: true,
    types,
  })
  // A connection that breaks while nobody uses it is replaced when somebody does.
  pool.on('error', () => {})
  try {
    await within(pool, migrate)
    return databaseOf(engineOf(pool))
  } catch (error) {
    await pool.end()
    throw error instanceof pg.DatabaseError ? refused(error) : translate(error)
  }
}

function engineOf(pool: pg.Pool): SqlEngine {
  const transaction = async (...calls: readonly SqlCall[]): Promise<readonly SqlResult[]> => {
    try {
      return await within(pool, async (client) => {
        const results: SqlResult[] = []
        for (const call of calls) results.push(await execute(client, call))
        return results
      })
    } catch (error) {
      throw translate(error)
    }
  }
  return {
    now: 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)',
    async execute(call) {
      try {
        return await execute(pool, call)
      } catch (error) {
        throw translate(error)
      }
    },
    transaction,
    // The server syncs every commit, unless whoever runs it has decided otherwise.
    durably: transaction,
    close: () => pool.end(),
  }
}

async function execute(client: pg.Pool | pg.PoolClient, { sql, values }: SqlCall): Promise<SqlResult> {
  const { rows, rowCount } = await client.query<Record<string, unknown>>(numbered(sql), [...values])
  return { rows, count: rowCount ?? 0 }
}

async function within<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN')
    const result = await work(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((second: unknown) => {
      // It cannot be used again; the server undoes what it began.
      broken = second instanceof Error ? second : new Error('The connection broke.', { cause: second })
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Brings the tables up to date, once, however many gateways start at the same time. */
async function migrate(client: pg.PoolClient): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock])
  await client.query('CREATE TABLE IF NOT EXISTS sluice_schema (version BIGINT NOT NULL)')
  const { rows } = await client.query<{ version: number }>('SELECT version FROM sluice_schema')
  const version = rows[0]?.version ?? 0
  for (const sql of requireKnown(version)) await client.query(inPostgresql(sql))
  if (version === migrations.length) return
  await client.query('DELETE FROM sluice_schema')
  await client.query('INSERT INTO sluice_schema VALUES ($1)', [migrations.length])
}

const known = new Map<string, string>()

/** `?` and `?1` as `$1`. */
function numbered(sql: string): string {
  const made = known.get(sql)
  if (made !== undefined) return made
  let last = 0
  const text = sql.replaceAll(/\?(\d*)/g, (_, number: string) => `$${number === '' ? ++last : number}`)
  known.set(sql, text)
  return text
}

/** The tables are written down once, as SQLite wants them: its integers are wide, and its texts ordered by their bytes. */
function inPostgresql(sql: string): string {
  return sql
    .replaceAll(/\bINTEGER PRIMARY KEY\b/g, 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY')
    .replaceAll(/\bINTEGER\b/g, 'BIGINT')
    .replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')
    .replace(/ WITHOUT ROWID$/, '')
}

/** What the server says at the start is for whoever runs the gateway: a wrong password, a missing database. */
function refused(error: pg.DatabaseError): GatewayError {
  return new GatewayError('unavailable', `The state database cannot be used: ${error.message}.`, { cause: error })
}

function translate(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('unavailable', 'The state database cannot be used.', { cause: error })
}
