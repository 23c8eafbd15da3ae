import { tapped } from '../../core/tapped.ts'

/** A transfer that is under way, as STAT tells it. */
export interface TransferProgress {
  readonly id: string
  readonly verb: string
  readonly path: string
  readonly direction: 'upload' | 'download'
  /** Bytes of content moved so far, before compression: of an upload as they are stored, of a download as they are sent. */
  bytes: number
  /** Monotonic milliseconds. */
  readonly startedAt: number
}

/** Counts what passes. */
export function counted(body: AsyncIterable<Uint8Array>, progress: { bytes: number }): AsyncIterable<Uint8Array> {
  return tapped(body, (chunk) => {
    progress.bytes += chunk.length
  })
}
