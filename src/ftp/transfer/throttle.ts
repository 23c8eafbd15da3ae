import { tapped } from '../../core/tapped.ts'

/** Waits until the account may move this many bytes more; shared by all its sessions. */
export type Allowance = (bytes: number, signal: AbortSignal) => Promise<void>

/** Lets each chunk pass once the account's bandwidth allows it. */
export function throttled(
  body: AsyncIterable<Uint8Array>,
  allowance: Allowance,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return tapped(body, (chunk) => allowance(chunk.length, signal))
}
