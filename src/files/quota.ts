import type { Awaitable } from '../core/awaitable.ts'
import { GatewayError } from '../core/errors.ts'
import type { VirtualPath } from '../core/paths.ts'

/** Counts what accounts have stored, over all sessions and workers. */
export interface QuotaLedger {
  /** Bytes the account holds, running uploads included; null when it was never measured. */
  usage(account: string): Awaitable<number | null>
  /** Notes what was found stored. Does nothing when a figure is there already. */
  measured(account: string, bytes: number): Awaitable<void>
  /** Adds bytes if the sum stays within the limit. False, and nothing is added, when it does not. */
  reserve(account: string, bytes: number, limitBytes: number): Awaitable<boolean>
  /** Adds (or, negative, takes back) bytes whatever the limit. The figure never falls below 0. */
  adjust(account: string, bytes: number): Awaitable<void>
}

/** One account's share of the ledger. Without a quota nothing is measured or counted. */
export interface AccountQuota {
  readonly isLimited: boolean
  /** Bytes that still fit; Infinity without a quota. */
  left(): Promise<number>
  /** @throws GatewayError 'quota-exceeded'. */
  take(bytes: number, path: VirtualPath): Promise<void>
  /** Counts what was removed (negative) or turned out otherwise than taken. */
  change(bytes: number): Promise<void>
  /** Room that grows as an upload arrives. */
  reservation(path: VirtualPath): Reservation
}

export interface Reservation {
  /** Bytes covered so far. */
  readonly bytes: number
  /** Counts bytes as covered that the ledger already holds. */
  adopt(bytes: number): void
  /** Covers this many bytes in all. @throws GatewayError 'quota-exceeded'. */
  cover(bytes: number): Promise<void>
  /** Gives back all but these bytes; they may be negative, when less is stored than before. Later calls do nothing. */
  close(bytes: number): Promise<void>
}

/** Bytes asked of the ledger at once, so that not every chunk costs a call. */
const stepBytes = 1024 * 1024

export interface AccountQuotaOptions {
  readonly account: string
  readonly limitBytes: number | null
  readonly ledger: QuotaLedger
  /** Finds out what is stored, when the ledger does not know. */
  readonly measure: () => Promise<number>
}

export function accountQuota({ account, limitBytes, ledger, measure }: AccountQuotaOptions): AccountQuota {
  if (limitBytes === null) return unlimited

  async function usage(): Promise<number> {
    const known = await ledger.usage(account)
    if (known !== null) return known
    await ledger.measured(account, await measure())
    return (await ledger.usage(account)) ?? 0
  }

  async function take(bytes: number, path: VirtualPath): Promise<void> {
    await usage()
    if (!(await ledger.reserve(account, bytes, limitBytes ?? Infinity))) throw exceeded(path)
  }

  async function change(bytes: number): Promise<void> {
    if (bytes === 0 || (await ledger.usage(account)) === null) return
    await ledger.adjust(account, bytes)
  }

  return {
    isLimited: true,
    left: async () => Math.max(0, limitBytes - (await usage())),
    take,
    change,
    reservation: (path) => reservation(path, { take, change }),
  }
}

/** @throws GatewayError 'quota-exceeded' when this many more bytes would not fit. */
export async function requireRoom(quota: AccountQuota, bytes: number, path: VirtualPath): Promise<void> {
  if (quota.isLimited && bytes > (await quota.left())) throw exceeded(path)
}

function reservation(path: VirtualPath, { take, change }: Pick<AccountQuota, 'take' | 'change'>): Reservation {
  let isOpen = true

  async function cover(bytes: number): Promise<void> {
    const missing = bytes - held.bytes
    if (missing <= 0) return
    const step = Math.max(missing, stepBytes)
    const taken = await take(step, path).then(
      () => step,
      // The last step before the limit is as long as what remains.
      async () => take(missing, path).then(() => missing),
    )
    held.bytes += taken
  }

  async function close(bytes: number): Promise<void> {
    if (!isOpen) return
    isOpen = false
    await change(bytes - held.bytes)
  }

  const held = {
    bytes: 0,
    adopt(bytes: number) {
      held.bytes += bytes
    },
    cover,
    close,
  }
  return held
}

const unlimited: AccountQuota = {
  isLimited: false,
  left: async () => Infinity,
  take: async () => {},
  change: async () => {},
  reservation: () => ({ bytes: Infinity, adopt: () => {}, cover: async () => {}, close: async () => {} }),
}

function exceeded(path: VirtualPath): GatewayError {
  return new GatewayError('quota-exceeded', `${path}: The quota would be exceeded.`)
}
