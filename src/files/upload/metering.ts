import { GatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { Reservation } from '../quota.ts'

export interface Meter {
  /** The refusal of a limit, once there was one. */
  readonly refusal: GatewayError | null
  /** The same chunks, counted before they are passed on. @throws GatewayError 'too-large', 'quota-exceeded'. */
  measure(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void>
}

export interface MeterOptions {
  readonly path: VirtualPath
  /** Length of what stands before the first byte that comes. */
  readonly startBytes: number
  /** How much of that is no news to the quota. */
  readonly uncountedBytes: number
  readonly maxFileBytes: number | null
  readonly reservation: Reservation
  /** Told with each chunk from so many new bytes on. */
  readonly long: { readonly bytes: number; readonly told: () => void }
}

/** Holds an upload to the largest file and to the quota while it arrives. */
export function meter({ path, startBytes, uncountedBytes, maxFileBytes, reservation, long }: MeterOptions): Meter {
  const mostBytes = maxFileBytes ?? Infinity
  let bytes = startBytes
  let refusal: GatewayError | null = null

  async function count(chunkBytes: number): Promise<void> {
    bytes += chunkBytes
    if (bytes - startBytes >= long.bytes) long.told()
    if (bytes > mostBytes) throw (refusal = tooLarge(path))
    if (bytes - uncountedBytes <= reservation.bytes) return
    await reservation.cover(bytes - uncountedBytes).catch((error: unknown) => {
      if (error instanceof GatewayError) refusal = error
      throw error
    })
  }

  async function* measure(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of body) {
      await count(chunk.byteLength)
      yield chunk
    }
  }

  return {
    get refusal() {
      return refusal
    },
    measure,
  }
}

export function tooLarge(path: VirtualPath): GatewayError {
  return new GatewayError('too-large', `${path}: The file is larger than allowed.`)
}
