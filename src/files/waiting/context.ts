import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import { isGatewayError } from '../../core/errors.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { WaitingUpload, WaitingUploads } from '../../state/waiting-uploads.ts'
import type { SealedUploads, Storage } from '../../storage/contract.ts'
import { storedNames, type StoredNames } from './stored-names.ts'
import { toldVersions, type ToldVersions } from './told-versions.ts'
import { refusal } from '../../storage/refusal.ts'

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
  /** How many may wait at once: each costs memory whenever its folder is looked at. */
  readonly most: number
  readonly versions: ToldVersions
  readonly stored: StoredNames
  readonly logger: Logger
  readonly clock: Clock
}

/** A client reads and replaces soon what it has looked at; one that does so with thousands of temporary files may look again. */
const mostKnown = 1000

/** Null for a storage that renames at no cost: nothing has to wait in it. */
export function waitingContext(
  inner: Storage,
  options: Omit<WaitingContext, 'inner' | 'sealed' | 'versions' | 'stored'>,
): WaitingContext | null {
  const { sealed } = inner
  if (sealed === undefined) return null
  return { ...options, inner, sealed, versions: toldVersions(mostKnown), stored: storedNames(mostKnown) }
}

/** An object stands under the name: what will wait there replaces it. */
export function noteStored({ finalKeyOf, stored }: WaitingContext, key: ObjectKey): void {
  if (finalKeyOf(key) !== null) stored.note(key)
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
    if ((await waitingAt(context, at)) !== null) throw refusal('not-directory')
}
