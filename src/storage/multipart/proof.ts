import { GatewayError } from '../../core/errors.ts'

/** @throws GatewayError 'corrupted' when both are known and differ. */
export function requireEqual(reported: bigint | null, computed: bigint | null): void {
  if (reported === null || computed === null || reported === computed) return
  throw new GatewayError('corrupted', 'The store holds other bytes than were sent.')
}

/** What to say when the store no longer knows an upload of ours: to the client no file is missing. */
export function lostUpload(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'The store has lost the upload.', { cause })
}
