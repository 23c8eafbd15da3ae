export type SqlValue = string | number | null
export type SqlRow = Readonly<Record<string, unknown>>

/**
 * A statement in words that both engines understand, with values for its question marks: `?` in order, or `?1` where one is
 * used twice.
 */
export interface SqlCall {
  readonly sql: string
  readonly values: readonly SqlValue[]
}

export function call(sql: string, ...values: readonly SqlValue[]): SqlCall {
  return { sql, values }
}

/** A condition: whether the row's `owner` is a process whose name begins so. Its two values come with it. */
export function heldBy(owners: string) {
  return { condition: 'substr(owner, 1, ?) = ?', values: [owners.length, owners] } as const
}

export interface SqlResult {
  /** Of a query, or of RETURNING. */
  readonly rows: readonly SqlRow[]
  /** How many rows were added, changed or removed; of a query, how many it has. */
  readonly count: number
}

/**
 * The facts of one gateway, which its processes share, or, in PostgreSQL, several gateways. A change outlives the process once
 * its call returns, and a power cut too when it was made `durably`. All throw GatewayError 'unavailable'.
 */
export interface StateDatabase {
  /** An expression: the database's own time in milliseconds since 1970. */
  readonly now: string
  /** Returns how many rows changed. */
  run(sql: string, ...values: readonly SqlValue[]): Promise<number>
  get(sql: string, ...values: readonly SqlValue[]): Promise<SqlRow | null>
  all(sql: string, ...values: readonly SqlValue[]): Promise<readonly SqlRow[]>
  /** All or nothing; the others see all of it or nothing. */
  transaction(...calls: readonly SqlCall[]): Promise<readonly SqlResult[]>
  /** A transaction that is on the disk when this returns; costs a sync, so only for what was promised to somebody. */
  durably(...calls: readonly SqlCall[]): Promise<readonly SqlResult[]>
  close(): Promise<void>
}

/** What an engine does by itself; the rest of `StateDatabase` follows from it. */
export interface SqlEngine extends Pick<StateDatabase, 'now' | 'transaction' | 'durably' | 'close'> {
  execute(call: SqlCall): Promise<SqlResult>
}

export function databaseOf({ execute, ...engine }: SqlEngine): StateDatabase {
  return {
    ...engine,
    run: async (sql, ...values) => (await execute({ sql, values })).count,
    get: async (sql, ...values) => (await execute({ sql, values })).rows[0] ?? null,
    all: async (sql, ...values) => (await execute({ sql, values })).rows,
  }
}
