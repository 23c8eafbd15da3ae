import type { ObjectKey } from '../../core/paths.ts'
import type { CallOptions, StageTicket } from '../contract.ts'
import type { Published } from './engine.ts'
import type { PartBuffer } from './part-buffer.ts'
import type { ResumedParts } from './parts-table.ts'
import type { StoredPart } from './object-store.ts'

/** Content on its way into a store: bytes in, an object out. */
export interface PartStream {
  ticket(): StageTicket
  /** Bytes that the store has acknowledged, without a gap, the beginning that stays included. */
  durableBytes(): number
  /** All that came, while nothing was sent; else null. */
  memory(): PartBuffer | null
  /** Aborted with the error when sending fails. */
  readonly failed: AbortSignal
  /** Takes the chunk in, and sends what is complete. @throws GatewayError what failed; 'too-large'; the signal's reason. */
  write(chunk: Uint8Array, signal?: AbortSignal): Promise<void>
  /** Makes the object visible. @throws GatewayError what failed; 'unsupported' for another key once parts were sent. */
  publish(options: CallOptions & { readonly key?: ObjectKey | undefined }): Promise<Published>
  /** Sends all that is left, as parts, and waits until the store has acknowledged them. @throws GatewayError what failed. */
  seal(): Promise<WholeContent>
  /** Sends what may be sent of the rest, and lets go. Never throws. */
  keep(): Promise<void>
  /** Lets go, and removes all from the store but what was published. Never throws. */
  discard(): Promise<void>
  /** Waits until nothing is on its way and lets go, to go on by another stream. */
  leave(): Promise<void>
  /** The parts of exactly so many bytes; 'inside' when the offset is inside a part; null when nothing was sent at all. */
  resumedAt(bytes: number): ResumedParts | 'inside' | null
}

/** All of a content, in parts that the store has acknowledged. */
export interface WholeContent {
  /** Null for an empty one: nothing of it is in the store. */
  readonly uploadId: string | null
  readonly parts: readonly StoredPart[]
  readonly bytes: number
  /** Of all of it; null where that is not known. */
  readonly checksum: bigint | null
  readonly hashes: Readonly<Record<string, string>>
}
