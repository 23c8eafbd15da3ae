import type { Awaitable } from '../core/awaitable.ts'

/** How far a folder's move is: copies are made, originals are removed, or copies are removed again. */
export type TreePhase = 'copying' | 'removing' | 'undoing'

/** A folder that is moved, or removed with all it holds, object by object. */
export interface TreeOperationRecord {
  readonly id: string
  /** Whose quota what is removed is taken off. */
  readonly account: string
  /** The storage's name in the configuration; both folders lie in it. */
  readonly storage: string
  /** Keys of folders in the whole storage. */
  readonly source: string
  /** Null: it is only removed. */
  readonly target: string | null
  /** As the account calls them, for what is told of it. */
  readonly sourcePath: string
  readonly targetPath: string | null
  readonly phase: TreePhase
  /** The last name that is done with in this phase; null: none is. */
  readonly after: string | null
  /** Objects done with in this phase. */
  readonly done: number
  /** Objects that were counted at the beginning; 0: not counted. */
  readonly total: number
}

export type NewTreeOperation = Omit<TreeOperationRecord, 'id' | 'phase' | 'after' | 'done'>
export type TreeOperationProgress = Pick<TreeOperationRecord, 'phase' | 'after' | 'done'>

/**
 * The journal of folders under way. One gateway has one; its processes share it. What stands in it holds both folders against
 * other changes.
 */
export interface TreeOperations {
  /**
   * Notes one before its first request, so that it survives a power cut, too; it is claimed by this process. Null when
   * another holds a folder of it, or one above or below.
   */
  begin(operation: NewTreeOperation): Awaitable<TreeOperationRecord | null>
  progress(id: string, progress: TreeOperationProgress): Awaitable<void>
  /** One whose source or target is this folder, or lies above or below it; null when nothing holds it. */
  covering(storage: string, key: string): Awaitable<TreeOperationRecord | null>
  /** Takes one that nobody works on. Null when it is gone or another has it. */
  claim(id: string): Awaitable<TreeOperationRecord | null>
  /** Leaves a claimed one to whoever comes next, from this time on. */
  release(id: string, due: Date): Awaitable<void>
  /** Those that nobody works on and whose time has come, the oldest first. */
  due(): Awaitable<readonly TreeOperationRecord[]>
  /** Forgets it: it is done, or given up. */
  finish(id: string): Awaitable<void>
}
