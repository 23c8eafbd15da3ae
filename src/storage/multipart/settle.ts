import { GatewayError, isGatewayError } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/paths.ts'
import { lostUpload, requireEqual } from './proof.ts'
import type { ObjectHead, ObjectStore, StoredObject } from './object-store.ts'

/** What an object is to be once the call that makes it visible has ended. */
export interface Promised {
  readonly key: ObjectKey
  readonly token: string
  readonly bytes: number
  /** Null where it is not known. */
  readonly checksum: bigint | null
  /** The answer alone proves nothing unless it holds a checksum: the object was made of parts. */
  readonly isOfParts: boolean
}

/**
 * Makes the object by `call`, and proves that the store holds what was sent. An answer that never came is settled by
 * looking for our token. @throws GatewayError 'corrupted' after removing what was stored; what `call` throws.
 */
export async function settled(
  store: ObjectStore,
  promised: Promised,
  call: () => Promise<StoredObject>,
): Promise<StoredObject> {
  const stored = await call().catch((error: unknown) => foundDespite(store, promised, error))
  try {
    requireEqual(stored.checksum, promised.checksum)
    const isProved = !promised.isOfParts || (stored.checksum !== null && promised.checksum !== null)
    return isProved ? stored : await looked(store, promised, stored)
  } catch (error) {
    if (isGatewayError(error, 'corrupted')) await removeWrong(store, promised.key, stored)
    throw error
  }
}

/** A call may have failed only because its answer was lost, and been repeated then. */
async function foundDespite(store: ObjectStore, promised: Promised, error: unknown): Promise<StoredObject> {
  if (!isGatewayError(error, 'unavailable', 'not-found', 'already-exists', 'conflict')) throw error
  const head = await headOrNull(store, promised.key)
  if (head?.token === promised.token && head.bytes === promised.bytes) return head
  if (isGatewayError(error, 'not-found') && promised.isOfParts) throw lostUpload(error)
  throw error
}

async function looked(store: ObjectStore, promised: Promised, stored: StoredObject): Promise<StoredObject> {
  const head = await store.head(promised.key)
  // Somebody else has replaced it since: what we stored was there, and whole as far as its parts were.
  if (head === null || head.token !== promised.token) return stored
  requireEqual(head.checksum, promised.checksum)
  if (head.bytes !== promised.bytes) {
    throw new GatewayError('corrupted', 'The store holds fewer or more bytes than were sent.')
  }
  return head
}

async function headOrNull(store: ObjectStore, key: ObjectKey): Promise<ObjectHead | null> {
  try {
    return await store.head(key)
  } catch {
    // The error of the call itself tells more, and is thrown.
    return null
  }
}

async function removeWrong(store: ObjectStore, key: ObjectKey, stored: StoredObject): Promise<void> {
  try {
    await store.remove(key, { ifVersion: stored.version, versionId: stored.versionId })
  } catch {
    // The upload fails as 'corrupted' either way, which is what its client has to know.
  }
}
