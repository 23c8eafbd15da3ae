export type SqlValue = string | number | null
export type SqlRow = Readonly<Record<string, unknown>>

/** A prepared statement. Values stand for its question marks, in order. */
export interface Statement {
  /** Returns how many rows changed. */
  run(...values: readonly SqlValue[]): number
  get(...values: readonly SqlValue[]): SqlRow | null
  all(...values: readonly SqlValue[]): readonly SqlRow[]
}

/**
 * The facts of one gateway, in one file that its processes share. Calls are synchronous and take microseconds; keep them on
 * an index. A change outlives the process once its call returns, and a power cut too when it was made `durably`.
 */
export interface StateDatabase {
  prepare(sql: string): Statement
  /** All or nothing; others of the gateway wait meanwhile. Not nested. */
  transaction<T>(work: () => T): T
  /** A transaction that is on the disk when this returns; costs a sync, so only for what was promised to somebody. */
  durably<T>(work: () => T): T
  close(): void
}
