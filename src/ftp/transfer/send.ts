import { toGatewayError } from '../../core/errors.ts'
import type { DataAgreement, DataChannel } from '../data/data-channel.ts'

export interface SendOptions {
  readonly agreement: DataAgreement
  readonly body: AsyncIterable<Uint8Array>
  /** Aborted by ABOR, by the loss of the control connection, by shutdown; its reason is a GatewayError. */
  readonly signal: AbortSignal
}

/**
 * Sends a body to its end and closes the data connection properly. A body that fails leaves the client with a reset, never
 * with an end that looks like one. @throws GatewayError of the body, of the connection, or the signal's reason.
 */
export async function send({ agreement, body, signal }: SendOptions): Promise<void> {
  let channel: DataChannel | null = null
  const onAbort = () => channel?.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  try {
    channel = await agreement.connect('download', signal)
    for await (const chunk of body) await channel.send(chunk)
    await channel.finish()
  } catch (error) {
    const failure = toGatewayError(signal.aborted ? signal.reason : error)
    channel?.destroy(failure)
    throw failure
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
