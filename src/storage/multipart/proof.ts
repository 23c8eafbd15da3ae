import { checksumHex, checksumNames, type ChecksumKind } from '../../core/checksum/kinds.ts'
import type { ContentProof } from '../../core/content-proof.ts'
import { GatewayError } from '../../core/errors.ts'
import type { SendOptions, StoredObject, StoreRules } from './object-store.ts'

/** @throws GatewayError 'corrupted' when both are known and differ. */
export function requireEqual(reported: bigint | null, computed: bigint | null): void {
  if (reported === null || computed === null || reported === computed) return
  throw new GatewayError('corrupted', 'The store holds other bytes than were sent.')
}

/** What the content was proved by: our checksum, told back by the store; else an ETag that is our MD5. Null: neither. */
export function proofOf(
  rules: Pick<StoreRules, 'checksum'>,
  computed: Pick<SendOptions, 'checksum' | 'md5'>,
  stored: StoredObject,
): ContentProof | null {
  const { checksum, md5 } = computed
  if (rules.checksum !== null && checksum !== null && stored.checksum === checksum) {
    return checksumProof(rules.checksum, checksum)
  }
  const hex = md5 === null ? null : Buffer.from(md5).toString('hex')
  return hex !== null && stored.version.toLowerCase() === hex ? { name: 'MD5', hex } : null
}

/** A checksum of the store's own kind: of parts that it has acknowledged, or that it will be asked to confirm. */
export function toldProof({ checksum: kind }: Pick<StoreRules, 'checksum'>, value: bigint | null): ContentProof | null {
  return kind === null || value === null ? null : checksumProof(kind, value)
}

export function checksumProof(kind: ChecksumKind, value: bigint): ContentProof {
  return { name: checksumNames[kind], hex: checksumHex(kind, value) }
}

/** What to say when the store no longer knows an upload of ours: to the client no file is missing. */
export function lostUpload(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'The store has lost the upload.', { cause })
}
