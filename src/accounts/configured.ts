import type { Clock } from '../core/clock.ts'
import type { Account } from './account.ts'
import type { Authenticator, Credentials } from './authenticator.ts'
import type { HashQueue } from './hash-queue.ts'
import { networkFilter } from './networks.ts'
import { freshHashOfNobody, hashOfNobody, verifyPassword } from './password-hash.ts'
import type { VerifiedCache } from './verified-cache.ts'

/** Longer passwords are wrong, and are not looked at. */
export const mostPasswordBytes = 1024

/** Names by which anonymous FTP is asked for (RFC 1635); only these may have an account without a password. */
export const anonymousNames: ReadonlySet<string> = new Set(['anonymous', 'ftp'])

export interface ConfiguredAuthenticator extends Authenticator {
  /** Takes over a new list, for logins from now on, and forgets what was verified under the old one. */
  replace(accounts: readonly Account[]): void
}

export interface ConfiguredOptions {
  readonly clock: Clock
  readonly queue: HashQueue
  readonly cache: VerifiedCache
}

interface Directory {
  readonly accounts: ReadonlyMap<string, Known>
  /** Costs what most hashes cost, for names that have none. */
  readonly hashOfNobody: string
  readonly mostRequireTls: boolean
}

interface Known {
  readonly account: Account
  readonly isAllowedFrom: (address: string) => boolean
}

/** Knows the accounts of the configuration. Names must be unique. */
export function configuredAuthenticator(
  accounts: readonly Account[],
  { clock, queue, cache }: ConfiguredOptions,
): ConfiguredAuthenticator {
  let directory = directoryOf(accounts)

  async function authenticate(credentials: Credentials): Promise<Account | null> {
    if (credentials.password.length > mostPasswordBytes) return null
    const known = find(directory, credentials.name)
    const isWelcome = known !== null && mayEnter(known, credentials)
    if (isWelcome && isAnonymous(known.account)) return known.account
    const stored = known?.account.passwordHash || directory.hashOfNobody
    // Whoever may not enter pays for the whole hash, whatever the cache knows: the time tells nothing.
    const isRight = await isPassword(stored, credentials, isWelcome)
    return isRight && isWelcome && known.account.passwordHash ? known.account : null
  }

  async function isPassword(stored: string, credentials: Credentials, mayUseCache: boolean): Promise<boolean> {
    const proof = { name: credentials.name, passwordHash: stored, password: credentials.password }
    if (mayUseCache && cache.has(proof)) return true
    return queue.run(async () => {
      // Another session of the same device may have been verified while this one waited.
      if (mayUseCache && cache.has(proof)) return true
      const isRight = await verifyPassword(stored, credentials.password)
      if (isRight && mayUseCache) cache.add(proof)
      return isRight
    })
  }

  function mayEnter({ account, isAllowedFrom }: Known, { address, isSecure }: Credentials): boolean {
    if (!account.enabled) return false
    if (account.expires !== null && clock.now() >= account.expires) return false
    if (account.requireTls && !isSecure) return false
    return isAllowedFrom(address)
  }

  return {
    authenticate,
    requiresTls: (name) => find(directory, name)?.account.requireTls ?? directory.mostRequireTls,
    replace(next) {
      directory = directoryOf(next)
      cache.clear()
    },
  }
}

function isAnonymous(account: Account): boolean {
  return account.passwordHash === null && anonymousNames.has(account.name)
}

/** The account of the name. `FTP` and `Anonymous` mean the anonymous account, when there is one. */
function find({ accounts }: Directory, name: string): Known | null {
  const exact = accounts.get(name)
  if (exact !== undefined) return exact
  if (!anonymousNames.has(name.toLowerCase())) return null
  const known = accounts.get('anonymous') ?? accounts.get('ftp')
  return known !== undefined && isAnonymous(known.account) ? known : null
}

function directoryOf(accounts: readonly Account[]): Directory {
  const known = accounts.map((account) => ({ account, isAllowedFrom: networkFilter(account.allowedNetworks) }))
  const requireTls = accounts.filter((account) => account.requireTls).length
  return {
    accounts: new Map(known.map((entry) => [entry.account.name, entry])),
    hashOfNobody: commonHashOfNobody(accounts),
    mostRequireTls: requireTls * 2 > accounts.length,
  }
}

function commonHashOfNobody(accounts: readonly Account[]): string {
  const hashes = accounts.flatMap((account) => account.passwordHash || [])
  const groups = Map.groupBy(hashes, parametersOf)
  const [most] = [...groups.values()].sort((a, b) => b.length - a.length)
  const [like] = most ?? []
  return like === undefined ? freshHashOfNobody() : hashOfNobody(like)
}

/** What decides the cost: all but salt and hash, that are the last two parts, or the end of a bcrypt hash. */
function parametersOf(hash: string): string {
  return hash.startsWith('$2') ? hash.slice(4, 6) : hash.split('$').slice(0, -2).join('$')
}
