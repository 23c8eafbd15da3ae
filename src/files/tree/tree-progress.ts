import type { TreePhase } from '../../state/tree-operations.ts'

/** How far a folder is moved or removed, for whoever waits. */
export interface TreeProgress {
  /** What is done to the objects now. */
  readonly phase: TreePhase
  /** Objects done with in this phase. */
  readonly done: number
  /** As many as were counted at the beginning; null where they were not. */
  readonly total: number | null
}
