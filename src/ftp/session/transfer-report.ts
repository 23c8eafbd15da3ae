import type { ContentProof } from '../../core/content-proof.ts'
import type { GatewayError } from '../../core/errors.ts'
import type { Verdict } from '../../core/verdict.ts'

/** A transfer that is over, for the log and whoever listens. */
export interface TransferReport {
  readonly id: string
  readonly sessionId: string
  readonly account: string
  readonly address: string
  readonly verb: string
  readonly path: string
  readonly direction: 'upload' | 'download'
  readonly type: 'A' | 'I'
  /** Bytes of content moved: of an upload as they are stored, of a download as they are sent. */
  readonly bytes: number
  readonly milliseconds: number
  /** Null for downloads. */
  readonly verdict: Verdict | null
  readonly outcome: 'published' | 'kept' | 'discarded' | 'sent' | 'failed'
  /** Whether the bytes went through TLS. */
  readonly isProtected: boolean
  readonly failure: GatewayError | null
  /** Of the whole published file, by what the store has proved that it holds it; null where there is no such thing. */
  readonly proof: ContentProof | null
}

/** A file that a client has removed. */
export type RemovalReport = Pick<TransferReport, 'sessionId' | 'account' | 'address' | 'path'>
