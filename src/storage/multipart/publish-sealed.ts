import { GatewayError, isGatewayError } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { CallOptions } from '../contract.ts'
import type { Published, UploadEngine } from './engine.ts'
import { factsOfNothing } from './part-buffer.ts'
import { proofOf } from './proof.ts'
import type { SealedFacts } from './sealed-ticket.ts'
import { settled } from './settle.ts'

export interface PublishSealedOptions extends CallOptions {
  readonly ifAbsent: boolean
  /** Only for an empty content, which is bound to no key. */
  readonly as?: ObjectKey
}

/**
 * Makes a sealed content visible: one request, as long as its answer comes. @throws GatewayError 'already-exists' for
 * `ifAbsent`, 'not-found' when the store no longer knows the upload and does not show it either; as `settled` does.
 */
export async function publishSealed(
  { store }: Pick<UploadEngine, 'store'>,
  sealed: SealedFacts,
  { ifAbsent, as: key = sealed.key, ...call }: PublishSealedOptions,
): Promise<Published> {
  const { token, modified, hashes, uploadId, parts, bytes, checksum } = sealed
  const promised = { key, token, bytes, checksum, isOfParts: uploadId !== null }
  const complete = () => {
    if (uploadId !== null) return store.complete({ key, uploadId }, parts, { ifAbsent, bytes, checksum, ...call })
    return store.putWhole(key, [], { ...factsOfNothing(store.rules), token, modified, ifAbsent, hashes, ...call })
  }
  const stored = await settled(store, promised, complete).catch((error: unknown) => {
    const isLost = isGatewayError(error, 'unavailable') && isGatewayError(error.cause, 'not-found')
    throw isLost ? new GatewayError('not-found', 'The store has lost the upload.', { cause: error }) : error
  })
  return {
    key,
    bytes,
    stored,
    modified,
    hashes,
    checksum,
    proof: proofOf(store.rules, { checksum, md5: null }, stored),
  }
}
