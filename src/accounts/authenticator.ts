import type { Account } from './account.ts'

export interface Credentials {
  readonly name: string
  /** The bytes behind PASS, as they came; at most 1024. */
  readonly password: Uint8Array
  /** The client's address, without an IPv4-mapped prefix. */
  readonly address: string
  readonly isSecure: boolean
}

/** Turns credentials into an account. */
export interface Authenticator {
  /**
   * Null is the one answer to everything that is wrong: unknown, disabled, expired, wrong password, wrong network; at the
   * same cost. @throws GatewayError 'too-busy' when too many passwords wait to be hashed.
   */
  authenticate(credentials: Credentials): Promise<Account | null>
  /** Whether the account must not even send its password in clear. The same for unknown names as for most known ones. */
  requiresTls(name: string): boolean
}

/** Slows down guessing, by address, over all connections and workers. */
export interface LoginGuard {
  /** Milliseconds to wait before a password from this address is looked at; null when it is refused outright. */
  delayFor(address: string): Promise<number | null>
  /** A wrong password was given. */
  failed(address: string): void
  /** A right one was. Forgives the address. */
  succeeded(address: string): void
  /** After `delayFor`, no password was looked at after all: too busy, or the client went away. Lets the next have its turn. */
  abandoned?(address: string): void
}

/** Counts the sessions of an account over all workers. */
export interface AccountSessions {
  /** False when the account (or its address) has as many as it may. */
  enter(account: string, limit: number): Promise<boolean>
  leave(account: string): void
}
