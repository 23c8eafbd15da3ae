import type { Piece } from '../../storage/pieces.ts'
import { piecePages } from './piece-pages.ts'
import type { TreeJob } from './tree-job.ts'

/** Removes everything below a directory, and its marker. Returns how many objects. */
export async function removeAll(job: TreeJob): Promise<number> {
  const { pieces, from, record, signal } = job
  let { done } = record
  job.told('removing', done)
  for await (const page of piecePages(pieces, from, { signal })) {
    const failed = await pieces.remove(from, page, { signal })
    const still = new Set(failed.map(({ piece }) => piece.name))
    const gone = page.filter(({ name }) => !still.has(name))
    await job.onRemoved(bytesOf(gone))
    done += gone.length
    job.told('removing', done)
    await job.note('removing', null, done)
    if (failed[0] !== undefined) throw failed[0].error
  }
  return done
}

function bytesOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes, 0)
}
