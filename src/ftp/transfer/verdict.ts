import { isGatewayError } from '../../core/errors.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { Ending } from '../data/data-channel.ts'

/** What is known when an upload's bytes have stopped coming. */
export interface Evidence {
  /** How the client ended the data connection; null when it did not get to. */
  readonly ending: Ending | null
  /** What stopped us from taking more, if anything did. */
  readonly error: unknown
  /** The client sent ABOR. */
  readonly isAborted: boolean
  /** The control connection still stands. */
  readonly isControlAlive: boolean
  /** A bare FIN inside TLS is taken for the end. */
  readonly isTolerant: boolean
}

/** From how the bytes ended to what the upload is worth: protocol.md §4.7. */
const verdictOf: Record<Ending, Verdict> = {
  'close-notify': 'clean',
  fin: 'presumed',
  'bare-fin': 'cut',
  reset: 'cut',
  stalled: 'cut',
  'tls-error': 'rejected',
}

/** One answer for every way an upload can end. An order, not a mood: what the client wanted comes before what we saw. */
export function judge(evidence: Evidence): Verdict {
  if (evidence.isAborted) return 'aborted'
  if (!evidence.isControlAlive) return 'cut'
  if (isGatewayError(evidence.error, 'too-large', 'quota-exceeded', 'storage-full', 'permission-denied'))
    return 'rejected'
  if (evidence.error !== null || evidence.ending === null) return 'cut'
  if (evidence.ending === 'bare-fin' && evidence.isTolerant) return 'presumed'
  return verdictOf[evidence.ending]
}
