import type { StateDatabase } from './sql.ts'

/** Counts the bytes each account has stored, for all processes of a gateway together, in whole bytes. */
export interface SqlQuotaLedger {
  /** Bytes the account holds, running uploads included; null when it was never measured, or must be measured again. */
  usage(account: string): number | null
  /** Notes what was found stored. Does nothing when a figure is there already. */
  measured(account: string, bytes: number): void
  /** Notes what is stored, whatever was noted before. */
  set(account: string, bytes: number): void
  /**
   * Adds bytes if the sum stays within the limit. False, and nothing is added, when it does not. Of two at once, in whatever
   * processes, both cannot have the last bytes. An account that was never measured counts as empty.
   */
  reserve(account: string, bytes: number, limitBytes: number): boolean
  /** Adds (or, negative, takes back) bytes whatever the limit. The figure never falls below 0; where none is, none is made. */
  adjust(account: string, bytes: number): void
  /** Forgets the figure of an account, which is measured again. For the start of the gateway, before there are workers. */
  forget(account: string): void
  /** Says that this process has nothing reserved any more, so that its figures can be trusted at the next start. */
  settled(): void
  /**
   * Forgets the figures of accounts that a dead process may have had bytes reserved for; they are measured again. For the
   * start of the gateway, before there are workers. Returns how many.
   */
  recover(): number
}

/**
 * The ledger in SQL. A reservation is only a part of the figure: what makes it exact after a kill is that each process leaves
 * a mark beside the accounts it reserves for, and takes the marks away when it ends in order.
 */
export function sqlQuotaLedger(database: StateDatabase, { owner }: { readonly owner: string }): SqlQuotaLedger {
  const usage = database.prepare('SELECT used_bytes FROM quotas WHERE account = ?')
  const insert = database.prepare('INSERT INTO quotas VALUES (?, ?) ON CONFLICT DO NOTHING')
  const replace = database.prepare('INSERT OR REPLACE INTO quotas VALUES (?, ?)')
  const reserve = database.prepare(
    'UPDATE quotas SET used_bytes = used_bytes + ?1 WHERE account = ?2 AND used_bytes + ?1 <= ?3',
  )
  const adjust = database.prepare('UPDATE quotas SET used_bytes = max(0, used_bytes + ?) WHERE account = ?')
  const mark = database.prepare('INSERT INTO quota_writers VALUES (?, ?) ON CONFLICT DO NOTHING')
  const unmark = database.prepare('DELETE FROM quota_writers WHERE owner = ?')
  const forget = database.prepare('DELETE FROM quotas WHERE account IN (SELECT account FROM quota_writers)')
  const forgetOne = database.prepare('DELETE FROM quotas WHERE account = ?')
  const unmarkAll = database.prepare('DELETE FROM quota_writers')
  const marked = new Set<string>()

  function announce(account: string): void {
    if (marked.has(account)) return
    database.transaction(() => {
      mark.run(owner, account)
      insert.run(account, 0)
    })
    marked.add(account)
  }

  return {
    usage(account) {
      const row = usage.get(account)
      return row === null ? null : Number(row['used_bytes'])
    },
    measured: (account, bytes) => {
      insert.run(account, bytes)
    },
    set: (account, bytes) => {
      replace.run(account, bytes)
    },
    reserve(account, bytes, limitBytes) {
      announce(account)
      return reserve.run(bytes, account, limitBytes) > 0
    },
    adjust: (account, bytes) => {
      adjust.run(bytes, account)
    },
    forget: (account) => {
      forgetOne.run(account)
    },
    settled() {
      unmark.run(owner)
      marked.clear()
    },
    recover: () =>
      database.transaction(() => {
        const count = forget.run()
        unmarkAll.run()
        return count
      }),
  }
}
