import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { newestMap } from '../core/newest-map.ts'

/** A password that was given, and the stored hash it is for. */
export interface Proof {
  readonly name: string
  readonly passwordHash: string
  readonly password: Uint8Array
}

/** Passwords that were verified a short while ago. */
export interface VerifiedCache {
  has(proof: Proof): boolean
  /** Remembers a password that was just verified in full. */
  add(proof: Proof): void
  clear(): void
}

export interface VerifiedCacheOptions {
  readonly clock: Clock
  /** Most passwords remembered; the oldest gives way. Default 1,000. */
  readonly entries?: number
  /** How long one is remembered, counted from its full verification and not from its last use. Default 5 minutes. */
  readonly lifetimeMilliseconds?: number
  /** Secret of this process. */
  readonly key?: Uint8Array
}

/**
 * Spares devices that log in for every file the cost of a hash. It holds keyed hashes only, under a key that never leaves
 * the process; a look-up by one tells nothing by its time.
 */
export function verifiedCache(options: VerifiedCacheOptions): VerifiedCache {
  const { clock, entries = 1000, lifetimeMilliseconds = 300_000, key = randomBytes(32) } = options
  const expiries = newestMap<string, number>(entries)

  function digest({ name, passwordHash, password }: Proof): string {
    // JSON keeps name and hash apart, whatever they hold.
    return createHmac('sha256', key)
      .update(JSON.stringify([name, passwordHash]))
      .update(password)
      .digest('base64')
  }

  function has(proof: Proof): boolean {
    const id = digest(proof)
    const expiry = expiries.get(id)
    if (expiry === undefined) return false
    if (clock.monotonic() < expiry) return true
    expiries.delete(id)
    return false
  }

  function add(proof: Proof): void {
    expiries.set(digest(proof), clock.monotonic() + lifetimeMilliseconds)
  }

  return { has, add, clear: () => expiries.clear() }
}
