import { call, heldBy, type StateDatabase } from './sql.ts'

/** Counts the bytes each account has stored, for all processes of a gateway together, in whole bytes. */
export interface SqlQuotaLedger {
  /** Bytes the account holds, running uploads included; null when it was never measured, or must be measured again. */
  usage(account: string): Promise<number | null>
  /** Notes what was found stored. Does nothing when a figure is there already. */
  measured(account: string, bytes: number): Promise<void>
  /** Notes what is stored, whatever was noted before. */
  set(account: string, bytes: number): Promise<void>
  /**
   * Adds bytes if the sum stays within the limit. False, and nothing is added, when it does not. Of two at once, in whatever
   * processes, both cannot have the last bytes. An account that was never measured counts as empty.
   */
  reserve(account: string, bytes: number, limitBytes: number): Promise<boolean>
  /** Adds (or, negative, takes back) bytes whatever the limit. The figure never falls below 0; where none is, none is made. */
  adjust(account: string, bytes: number): Promise<void>
  /** Forgets the figure of an account, which is measured again. For the start of the gateway, before there are workers. */
  forget(account: string): Promise<void>
  /** Says that this process has nothing reserved any more, so that its figures can be trusted at the next start. */
  settled(): Promise<void>
  /**
   * Forgets the figures of accounts that processes which are gone may have had bytes reserved for: those whose names begin
   * so. They are measured again. Returns how many.
   */
  recover(owners: string): Promise<number>
}

/**
 * The ledger in SQL. A reservation is only a part of the figure: what makes it exact after a kill is that each process leaves
 * a mark beside the accounts it reserves for, and takes the marks away when it ends in order.
 */
export function sqlQuotaLedger(database: StateDatabase, { owner }: { readonly owner: string }): SqlQuotaLedger {
  const insert = 'INSERT INTO quotas VALUES (?, ?) ON CONFLICT DO NOTHING'
  const marked = new Set<string>()

  async function announce(account: string): Promise<void> {
    if (marked.has(account)) return
    const mark = 'INSERT INTO quota_writers VALUES (?, ?) ON CONFLICT DO NOTHING'
    await database.transaction(call(mark, owner, account), call(insert, account, 0))
    marked.add(account)
  }

  return {
    async usage(account) {
      const row = await database.get('SELECT used_bytes FROM quotas WHERE account = ?', account)
      return row === null ? null : Number(row['used_bytes'])
    },
    async measured(account, bytes) {
      await database.run(insert, account, bytes)
    },
    async set(account, bytes) {
      const sql =
        'INSERT INTO quotas VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET used_bytes = excluded.used_bytes'
      await database.run(sql, account, bytes)
    },
    async reserve(account, bytes, limitBytes) {
      await announce(account)
      const most = Math.min(limitBytes, Number.MAX_SAFE_INTEGER)
      const sql = 'UPDATE quotas SET used_bytes = used_bytes + ?1 WHERE account = ?2 AND used_bytes + ?1 <= ?3'
      return (await database.run(sql, bytes, account, most)) > 0
    },
    async adjust(account, bytes) {
      const sql =
        'UPDATE quotas SET used_bytes = CASE WHEN used_bytes + ?1 > 0 THEN used_bytes + ?1 ELSE 0 END WHERE account = ?2'
      await database.run(sql, bytes, account)
    },
    async forget(account) {
      await database.run('DELETE FROM quotas WHERE account = ?', account)
    },
    async settled() {
      await database.run('DELETE FROM quota_writers WHERE owner = ?', owner)
      marked.clear()
    },
    async recover(owners) {
      const { condition, values } = heldBy(owners)
      const gone = `FROM quota_writers WHERE ${condition}`
      const [forgotten] = await database.transaction(
        call(`DELETE FROM quotas WHERE account IN (SELECT account ${gone})`, ...values),
        call(`DELETE ${gone}`, ...values),
      )
      return forgotten?.count ?? 0
    },
  }
}
