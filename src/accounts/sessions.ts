import type { AccountSessions } from './authenticator.ts'

/** Counts the sessions of this process, by account. */
export function accountSessions(): AccountSessions {
  const counts = new Map<string, number>()
  return {
    async enter(account, limit) {
      const count = counts.get(account) ?? 0
      if (count >= limit) return false
      counts.set(account, count + 1)
      return true
    },
    leave(account) {
      const count = counts.get(account) ?? 0
      if (count > 1) counts.set(account, count - 1)
      else counts.delete(account)
    },
  }
}
