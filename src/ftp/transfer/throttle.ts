/** Waits until the account may move this many bytes more; shared by all its sessions. */
export type Allowance = (bytes: number, signal: AbortSignal) => Promise<void>

/** Lets each chunk pass once the account's bandwidth allows it. */
export async function* throttled(
  body: AsyncIterable<Uint8Array>,
  allowance: Allowance,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    await allowance(chunk.length, signal)
    yield chunk
  }
}
