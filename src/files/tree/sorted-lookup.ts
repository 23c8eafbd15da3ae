import { compareKeys } from '../../core/key-order.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { Piece, Pieces } from '../../storage/pieces.ts'

/** Finds objects below a directory by names that only grow, with one page in memory and one request for each page. */
export function sortedLookup(
  pieces: Pieces,
  directory: ObjectKey,
  signal?: AbortSignal,
): (name: string) => Promise<Piece | null> {
  const call = signal === undefined ? {} : { signal }
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
      const next = await pieces.list(directory, { after, ...call })
      page = next.pieces
      isLast = next.isLast
      index = 0
      after = page.at(-1)?.name ?? after
    }
  }
}

/** All pages below a directory. What is removed meanwhile does not shift the rest. */
export async function* piecePages(
  pieces: Pieces,
  directory: ObjectKey,
  options: { readonly after?: string | null; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly Piece[], void> {
  const { signal } = options
  let after = options.after ?? null
  for (;;) {
    const page = await pieces.list(directory, { after, ...(signal && { signal }) })
    if (page.pieces.length > 0) yield page.pieces
    if (page.isLast) return
    after = page.pieces.at(-1)?.name ?? after
  }
}
