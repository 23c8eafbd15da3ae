import { call, type StateDatabase } from './sql.ts'

/** Hashes of files that were read for them, under names that tell one version of one file. They outlive the process. */
export interface ContentHashStore {
  find(name: string): Promise<string | null>
  add(name: string, hex: string): Promise<void>
}

/** How many are added by a process before it looks whether there are too many. */
const addsBetween = 100

/** Keeps the `most` that were added last, and a few more for a while. */
export function sqlContentHashes(database: StateDatabase, { most }: { readonly most: number }): ContentHashStore {
  let added = 0
  return {
    async find(name) {
      const row = await database.get('SELECT hex FROM content_hashes WHERE name = ?', name)
      return row === null ? null : String(row['hex'])
    },
    async add(name, hex) {
      const sql = `INSERT INTO content_hashes VALUES (?, ?, ${database.now}) ON CONFLICT (name) DO NOTHING`
      await database.run(sql, name, hex)
      if (++added % addsBetween === 0) await database.transaction(call(forgetOldest, most))
    },
  }
}

const forgetOldest = `DELETE FROM content_hashes WHERE name IN (
  SELECT name FROM content_hashes ORDER BY noted_at DESC, name LIMIT 1000000 OFFSET ?
)`
