import { GatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import { tapped } from '../../core/tapped.ts'
import type { Reservation } from '../quota.ts'

export interface Meter {
  /** The refusal of a limit, once there was one. */
  readonly refusal: GatewayError | null
  /** The same chunks, counted before they are passed on. @throws GatewayError 'too-large', 'quota-exceeded'. */
  measure(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
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
  const measuring: { refusal: GatewayError | null; measure: Meter['measure'] } = {
    refusal: null,
    measure: (body) => tapped(body, count),
  }

  function count({ byteLength }: Uint8Array): void | Promise<void> {
    bytes += byteLength
    if (bytes - startBytes >= long.bytes) long.told()
    if (bytes > mostBytes) throw (measuring.refusal = tooLarge(path))
    if (bytes - uncountedBytes > reservation.bytes) return cover(bytes - uncountedBytes)
  }

  async function cover(wanted: number): Promise<void> {
    try {
      await reservation.cover(wanted)
    } catch (error) {
      if (error instanceof GatewayError) measuring.refusal = error
      throw error
    }
  }

  return measuring
}

export function tooLarge(path: VirtualPath): GatewayError {
  return new GatewayError('too-large', `${path}: The file is larger than allowed.`)
}
