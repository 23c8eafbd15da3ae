import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { LoginGuard } from './authenticator.ts'
import { guardedAddress } from './guarded-address.ts'
import { plainAddress } from './networks.ts'

export interface LoginGuardOptions {
  readonly clock: Clock
  readonly log: Logger
  /** What differs from the defaults. */
  readonly options?: Partial<LoginGuardRules>
  /** Told of each ban, for metrics and events. */
  readonly onBan?: (ban: Ban) => void
}

export interface LoginGuardRules {
  /** Failures in a row after which an address is refused. Default 20. */
  readonly failuresToBan: number
  readonly banMilliseconds: number
  /** An address that has not failed for so long starts afresh. */
  readonly forgiveMilliseconds: number
  /** Addresses remembered; those that were quiet longest give way. */
  readonly addresses: number
}

export interface Ban {
  readonly address: string
  readonly failures: number
  readonly milliseconds: number
}

const defaultRules: LoginGuardRules = {
  failuresToBan: 20,
  banMilliseconds: 600_000,
  forgiveMilliseconds: 600_000,
  addresses: 10_000,
}

/**
 * Slows guessing down, by address (IPv6: by /64), over all connections of this process. It hangs on nothing but the address,
 * so that nobody can lock the owner of an account out from elsewhere.
 */
export function loginGuard({ clock, log, options, onBan }: LoginGuardOptions): Required<LoginGuard> {
  const rules = { ...defaultRules, ...options }
  const known = new Map<string, GuardedAddress>()

  function remembered(address: string): GuardedAddress {
    const key = groupOf(address)
    const entry = known.get(key) ?? guardedAddress(clock, rules.forgiveMilliseconds)
    // The map's order is the order of use.
    known.delete(key)
    known.set(key, entry)
    if (known.size > rules.addresses) forgetQuietest()
    return entry
  }

  function forgetQuietest(): void {
    for (const [key, entry] of known) {
      if (entry.isBusy()) continue
      known.delete(key)
      return
    }
  }

  function failed(address: string): void {
    const failures = remembered(address).failed()
    if (failures < rules.failuresToBan) return
    const ban = { address: groupOf(address), failures, milliseconds: rules.banMilliseconds }
    remembered(address).ban(ban.milliseconds)
    log.warn('An address is refused for too many wrong passwords.', { ...ban })
    onBan?.(ban)
  }

  function succeeded(address: string): void {
    const key = groupOf(address)
    const entry = known.get(key)
    entry?.succeeded()
    if (entry?.isForgettable()) known.delete(key)
  }

  return {
    delayFor: (address) => remembered(address).turn(),
    failed,
    succeeded,
    abandoned: (address) => known.get(groupOf(address))?.abandoned(),
  }
}

type GuardedAddress = ReturnType<typeof guardedAddress>

/** The /64 of an IPv6 address, for one customer has at least that; an IPv4 address as it is. */
export function groupOf(address: string): string {
  const plain = plainAddress(address).toLowerCase()
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  // A dotted end stands for two groups, and lies behind the first four anyway.
  const backGroups = back.length + (plain.includes('.') ? 1 : 0)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - backGroups)
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back].slice(0, 4)
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
