import type { ObjectKey } from '../core/paths.ts'

/**
 * How a directory is moved and removed where no atomic call does it: object by object. Whoever uses it keeps a journal, for
 * it takes its time and may be broken off anywhere. Names are the store's own: also objects that no listing shows go along.
 */
export interface Pieces {
  /** One page of all that lies below a directory, at any depth, in byte order, its own marker included. */
  list(directory: ObjectKey, options?: PieceListOptions): Promise<PiecePage>
  /** What lies under one name; null when nothing does. */
  find(directory: ObjectKey, name: string, options?: PieceCallOptions): Promise<Piece | null>
  /**
   * Copies one object under the same name below another directory, replacing what is there, with its metadata. Returns once
   * the store has acknowledged the copy of this very version. @throws 'not-found' when it has gone, 'conflict' when it is
   * another by now.
   */
  copy(move: PieceMove, piece: Piece, options?: PieceCallOptions): Promise<void>
  /**
   * Removes objects, with as few requests as the store allows. Returns those that were not removed, each with its reason:
   * 'conflict', where the store can compare versions, for one that is another by now or has gone; whoever lists again
   * learns which. @throws when nothing is known of any of them.
   */
  remove(directory: ObjectKey, pieces: readonly Piece[], options?: PieceCallOptions): Promise<readonly FailedPiece[]>
}

export interface PieceCallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface PieceListOptions extends PieceCallOptions {
  /** Only names behind this one. Null: from the beginning. */
  readonly after?: string | null
}

/** One object below a directory. */
export interface Piece {
  /** Behind the directory and its slash, as the store spells it. Empty: the directory's own marker. */
  readonly name: string
  readonly bytes: number
  /** Changes whenever the content does; a copy may have another one. */
  readonly version: string
  readonly modified: Date | null
  /** Null: the usual one. */
  readonly storageClass: string | null
}

export interface PiecePage {
  readonly pieces: readonly Piece[]
  readonly isLast: boolean
}

export interface PieceMove {
  readonly from: ObjectKey
  readonly to: ObjectKey
}

export interface FailedPiece {
  readonly piece: Piece
  readonly error: Error
}

/**
 * Whether one object is proved to be a copy of the other as it is now: of its length, and either of the same version or made
 * after the other was last written. Where both happened in one tick of the store's clock, nothing is proved.
 */
export function isCopyOf(original: Piece, copy: Piece): boolean {
  if (copy.bytes !== original.bytes) return false
  if (copy.version === original.version && copy.version !== '') return true
  return original.modified !== null && copy.modified !== null && copy.modified > original.modified
}
