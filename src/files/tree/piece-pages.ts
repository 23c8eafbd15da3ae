import type { ObjectKey } from '../../core/paths.ts'
import type { Piece, Pieces } from '../../storage/pieces.ts'

/** All pages below a directory. What is removed meanwhile does not shift the rest. */
export async function* piecePages(
  pieces: Pieces,
  directory: ObjectKey,
  options: { readonly after?: string | null; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly Piece[], void> {
  const { signal } = options
  let after = options.after ?? null
  for (;;) {
    const page = await pieces.list(directory, { after, signal })
    if (page.pieces.length > 0) yield page.pieces
    if (page.isLast) return
    after = page.pieces.at(-1)?.name ?? after
  }
}
