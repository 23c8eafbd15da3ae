/** Waits until the account may move this many bytes more; shared by all its sessions. */
export type Allowance = (bytes: number, signal: AbortSignal) => Promise<void>

/** A longer chunk would hold up the account's other transfers, and its own, for as long as all of it takes. */
const mostPieceBytes = 256 * 1024

/** Lets each chunk pass, a piece at a time, once the account's bandwidth allows it. */
export async function* throttled(
  body: AsyncIterable<Uint8Array>,
  allowance: Allowance,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of body) {
    for (let start = 0; start < chunk.length; start += mostPieceBytes) {
      const piece = chunk.subarray(start, start + mostPieceBytes)
      await allowance(piece.length, signal)
      yield piece
    }
  }
}
