import { compareKeys } from '../../core/key-order.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { Piece, Pieces } from '../../storage/pieces.ts'

/** Finds objects below a directory by names that only grow, with one page in memory and one request for each page. */
export function sortedLookup(
  pieces: Pieces,
  directory: ObjectKey,
  signal?: AbortSignal,
): (name: string) => Promise<Piece | null> {
  let page: readonly Piece[] = []
  let index = 0
  let after: string | null = null
  let isLast = false
  return async (name) => {
    for (;;) {
      for (; index < page.length; index++) {
        const piece = page[index]
        const order = piece === undefined ? -1 : compareKeys(piece.name, name)
        if (piece !== undefined && order === 0) return piece
        if (order > 0) return null
      }
      if (isLast) return null
      const next = await pieces.list(directory, { after, signal })
      page = next.pieces
      isLast = next.isLast
      index = 0
      after = page.at(-1)?.name ?? after
    }
  }
}
