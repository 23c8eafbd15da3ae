import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { WaitingUpload, WaitingUploads } from '../../state/waiting-uploads.ts'
import type { SealedUploads, Storage } from '../../storage/contract.ts'

/** What one account's uploads under temporary names have to do with, in one storage. */
export interface WaitingContext {
  readonly inner: Storage
  readonly sealed: SealedUploads
  /** By their names in the configuration. */
  readonly account: string
  readonly storage: string
  readonly waiting: WaitingUploads
  /** The key that a temporary one will be renamed to; null for names that are not temporary. */
  readonly finalKeyOf: (key: ObjectKey) => ObjectKey | null
  /** Contents that were given to the store as objects since they were looked at, by the version that was told. */
  readonly versions: Map<string, string>
  readonly logger: Logger
  readonly clock: Clock
}

/** Null for a storage that renames at no cost: nothing has to wait in it. */
export function waitingContext(
  inner: Storage,
  options: Omit<WaitingContext, 'inner' | 'sealed' | 'versions'>,
): WaitingContext | null {
  const { sealed } = inner
  return sealed === undefined ? null : { ...options, inner, sealed, versions: new Map() }
}

/** What waits under the name, as far as this account is concerned; null when nothing does. */
export async function waitingAt(
  { waiting, account, storage }: WaitingContext,
  key: ObjectKey,
): Promise<WaitingUpload | null> {
  return await waiting.find(account, storage, key)
}

/** All that waits below the directory, however deep, in key order. */
export async function waitingBelow(
  { waiting, account, storage }: WaitingContext,
  directory: ObjectKey,
): Promise<readonly WaitingUpload[]> {
  return await waiting.below(account, storage, directory)
}

/** Runs what needs a directory, and says so where a file that waits is in its place. @throws GatewayError 'not-directory'. */
export async function inDirectory<T>(
  context: WaitingContext,
  directory: ObjectKey,
  task: () => Promise<T>,
): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!isGatewayError(error, 'not-found')) throw error
    await requireNoFile(context, directory)
    throw error
  }
}

/** @throws GatewayError 'not-directory' when the key, or one above it, is a file that waits. */
export async function requireNoFile(context: WaitingContext, directory: ObjectKey): Promise<void> {
  for (let at = directory; at !== rootKey; at = parentKey(at))
    if ((await waitingAt(context, at)) !== null) throw new GatewayError('not-directory', 'A file is no folder.')
}
