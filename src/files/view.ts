import type { Account } from '../accounts/account.ts'
import type { Clock } from '../core/clock.ts'
import { GatewayError, isGatewayError, toGatewayError, type ErrorCode } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { BrokenUploads } from '../state/broken-uploads.ts'
import type { StagedUploads } from '../state/staged-uploads.ts'
import type { TreeOperations } from '../state/tree-operations.ts'
import type { AnnouncedTimes } from './announced-times.ts'
import type { EntryStyle } from './entries.ts'
import type { HashCache } from './hash-cache.ts'
import type { MountTable, Place } from './mounts.ts'
import { denied, type Rights } from './permissions.ts'
import type { AccountQuota } from './quota.ts'
import type { WaitingContext } from './waiting/context.ts'

/** How folders are moved and removed object by object. */
export interface Trees {
  readonly operations: TreeOperations
  /** Copies at once. */
  readonly parallel: number
  /** Objects in a folder that may be moved; null: any number. */
  readonly mostMoved: number | null
  readonly retryMilliseconds: number
}

/** What every operation on one account's tree works with. */
export interface View {
  readonly account: Account
  readonly table: MountTable
  /** What the account may do at a place. */
  rightsAt(place: Place): Rights
  styleAt(place: Place): EntryStyle
  /** Has neither `list` nor `read`. */
  readonly isBlind: boolean
  readonly quota: AccountQuota
  readonly staged: StagedUploads
  readonly broken: BrokenUploads
  /** What waits for its rename, in storages where something may, by their names. */
  readonly waiting: ReadonlyMap<string, WaitingContext>
  readonly trees: Trees
  readonly hashes: HashCache
  readonly announced: AnnouncedTimes
  readonly logger: Logger
  readonly clock: Clock
}

/** Refusals that tell whether something is there. */
const tellingCodes: readonly ErrorCode[] = [
  'not-found',
  'already-exists',
  'is-directory',
  'not-directory',
  'directory-not-empty',
  'invalid-restart',
  'conflict',
]

/** What a storage may say of a key without knowing by which path somebody came there. */
const nameless: readonly ErrorCode[] = [
  'not-found',
  'already-exists',
  'is-directory',
  'not-directory',
  'directory-not-empty',
]

/** Says in a refusal what it is about: clients show replies without the command. For what has to do with one path only. */
export async function naming<T>(path: VirtualPath, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!isGatewayError(error, ...nameless) || error.message.startsWith('/')) throw error
    throw new GatewayError(error.code, `${path}: ${error.message}`, { cause: error.cause })
  }
}

/** Lets only GatewayErrors out, and none that tells a blind account what is there. */
export async function veiled<T>(view: View, path: VirtualPath, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    throw veil(
      view,
      path,
      error instanceof Error && error.name === 'AbortError' ? aborted(error) : toGatewayError(error),
    )
  }
}

/** The error, or the one refusal that a blind account hears instead. */
export function veil(view: View, path: VirtualPath, error: unknown): unknown {
  return view.isBlind && isGatewayError(error, ...tellingCodes) ? denied(path, error) : error
}

function aborted(cause: unknown): GatewayError {
  return new GatewayError('aborted', 'It was stopped.', { cause })
}
