import type { Clock } from '../../core/clock.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { TreeOperationRecord, TreeOperations, TreePhase } from '../../state/tree-operations.ts'
import type { Pieces } from '../../storage/pieces.ts'
import type { TreeProgress } from './tree-progress.ts'

export interface TreeRun {
  /** Of the whole storage. */
  readonly pieces: Pieces
  readonly operations: TreeOperations
  readonly clock: Clock
  /** Copies at once. */
  readonly parallel: number
  /** How long what the store broke off waits. */
  readonly retryMilliseconds: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: TreeProgress) => void) | undefined
  /** Told of the bytes of a removal's files, page by page, once they are gone. */
  readonly onRemoved: (bytes: number) => Promise<void> | void
}

/** One operation and all that its steps need. */
export interface TreeJob extends Omit<TreeRun, 'operations'> {
  readonly record: TreeOperationRecord
  readonly from: ObjectKey
  readonly to: ObjectKey
  /** Notes how far a phase is, for after a crash. */
  note(phase: TreePhase, after: string | null, done: number): Promise<void>
  told(phase: TreePhase, done: number): void
}
