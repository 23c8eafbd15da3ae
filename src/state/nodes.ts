import type { StateDatabase } from './sql.ts'

/** Gateways that share one database: each says from time to time that it lives. */
export interface Nodes {
  /** This one lives. */
  beat(): Promise<void>
  /** Those that have not said so for this long, by the database's clock: no two machines' clocks agree. */
  silent(milliseconds: number): Promise<readonly string[]>
  /** What it had was given to others. */
  forget(id: string): Promise<void>
}

export function sqlNodes(database: StateDatabase, id: string): Nodes {
  return {
    async beat() {
      await database.run(
        `INSERT INTO nodes VALUES (?, ${database.now}) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
        id,
      )
    },
    async silent(milliseconds) {
      const sql = `SELECT id FROM nodes WHERE seen_at < ${database.now} - ? AND id <> ? ORDER BY id`
      return (await database.all(sql, milliseconds, id)).map((row) => String(row['id']))
    },
    async forget(gone) {
      await database.run('DELETE FROM nodes WHERE id = ?', gone)
    },
  }
}

/** How a process of a gateway is named in what it holds. All of a gateway's begin alike, and none is the beginning of another. */
export function ownerName(instance: string, worker: string): string {
  return `${instance}/${worker}/`
}
