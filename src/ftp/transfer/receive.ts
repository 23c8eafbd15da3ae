import type { ContentProof } from '../../core/content-proof.ts'
import { GatewayError, toGatewayError } from '../../core/errors.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { DataAgreement, DataChannel, Ending } from '../data/data-channel.ts'
import { judge } from './verdict.ts'

/** Where an upload goes: the part of a pending write that moving bytes needs. */
export interface UploadTarget {
  append(body: AsyncIterable<Uint8Array>, options: { readonly signal: AbortSignal }): Promise<void>
  settle(verdict: Verdict): Promise<Pick<Received, 'outcome' | 'bytes'> & { readonly proof?: ContentProof }>
}

export interface ReceiveOptions {
  readonly agreement: DataAgreement
  readonly target: UploadTarget
  /** Aborted by ABOR, by the loss of the control connection, by shutdown; its reason is a GatewayError. */
  readonly signal: AbortSignal
  /** Asked when the bytes have ended, once the loop has had a turn to notice a FIN on the control connection. */
  readonly isControlAlive: () => boolean
  readonly isTolerant: boolean
  /** The stages between the data connection and the store. */
  readonly stages: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
}

/** What is known of an upload once it is over. */
export interface Received {
  readonly verdict: Verdict
  readonly outcome: 'published' | 'kept' | 'discarded'
  /** Length of the whole file, or of what is kept of it. */
  readonly bytes: number
  /** By what the store has proved that it holds the whole file; null where there is no such thing. */
  readonly proof: ContentProof | null
  readonly ending: Ending | null
  /** Why it was not published, or what 426 and its like should say; null after a publish. */
  readonly failure: GatewayError | null
}

/** Takes an upload in, judges how it ended, and settles it. Never throws: everything that can go wrong is in the answer. */
export async function receive(options: ReceiveOptions): Promise<Received> {
  const { agreement, signal } = options
  let channel: DataChannel | null = null
  let failure: GatewayError | null = null
  const onAbort = () => channel?.destroy(signal.reason as Error)
  signal.addEventListener('abort', onAbort)
  try {
    channel = await agreement.connect('upload', signal)
    await options.target.append(options.stages(channel.receive()), { signal })
  } catch (error) {
    failure = signal.aborted ? toGatewayError(signal.reason) : toGatewayError(error)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  return await settle(options, channel, failure)
}

async function settle(
  options: ReceiveOptions,
  channel: DataChannel | null,
  failure: GatewayError | null,
): Promise<Received> {
  const ending = channel?.ending ?? null
  // A client that dies closes both connections at once: let the loop see the other one before believing in a whole file.
  if (ending === 'fin') await twoTurnsOfTheLoop()
  const isAborted = options.signal.aborted && toGatewayError(options.signal.reason).code === 'aborted'
  const verdict = judge({
    ending,
    error: failure,
    isAborted,
    isControlAlive: options.isControlAlive(),
    isTolerant: options.isTolerant,
  })
  const closing = close(channel, verdict, failure)
  try {
    const { outcome, bytes, proof = null } = await options.target.settle(verdict)
    const isPublished = outcome === 'published' && !isAborted
    return {
      verdict,
      outcome,
      bytes,
      proof,
      ending,
      failure: isPublished ? null : (failure ?? failureOf(ending, outcome === 'kept' ? bytes : 0)),
    }
  } catch (error) {
    return { verdict, outcome: 'discarded', bytes: 0, proof: null, ending, failure: toGatewayError(error) }
  } finally {
    await closing
  }
}

/** Answers a proper end properly, at once, while the store is still at work; everything else is reset. */
async function close(channel: DataChannel | null, verdict: Verdict, failure: GatewayError | null): Promise<void> {
  if (channel === null) return
  if (verdict === 'clean' || verdict === 'presumed') {
    try {
      return await channel.finish()
    } catch (error) {
      // The client has ended and may be gone: what it sent is whole all the same.
      channel.destroy(toGatewayError(error))
    }
  } else channel.destroy(failure ?? new GatewayError('data-connection-lost', 'The transfer has ended.'))
}

function failureOf(ending: Ending | null, keptBytes: number): GatewayError {
  if (ending === 'tls-error')
    return new GatewayError('data-connection-refused', 'The data connection is not protected by TLS.')
  const reason = {
    'bare-fin': 'The data connection was closed without ending TLS',
    stalled: 'No data came for too long',
  }[ending as string]
  // What came and what is kept differ in object stores, where only whole parts stay.
  const consequence = keptBytes > 0 ? `${keptBytes} bytes are kept, go on from there` : 'nothing was stored'
  return new GatewayError('data-connection-lost', `${reason ?? 'The data connection broke'}; ${consequence}.`)
}

async function twoTurnsOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
