import { inParallel } from '../../core/concurrency.ts'
import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { refuseWhenAborted } from '../../storage/abortable.ts'
import { isCopyOf, type Piece } from '../../storage/pieces.ts'
import { piecePages } from './piece-pages.ts'
import { sortedLookup } from './sorted-lookup.ts'
import type { TreeJob } from './tree-job.ts'

/** How often a folder is looked through again for what came or changed while it was moved. */
const mostPasses = 5
/** How often one object is tried that another is put in the place of meanwhile. */
const mostTries = 3

/** Copies everything, page by page, from where the journal says. What is copied twice is only copied twice. */
export async function copyAll(job: TreeJob): Promise<void> {
  const { record, pieces, from, signal } = job
  let { done } = record
  job.told('copying', done)
  for await (const page of piecePages(pieces, from, { after: record.after, signal })) {
    await inParallel(page, job.parallel, async (piece) => {
      refuseWhenAborted(signal)
      await copyCurrent(job, piece)
      job.told('copying', ++done)
    })
    await job.note('copying', page.at(-1)?.name ?? null, done)
  }
}

/**
 * Removes the originals that are proved to be copied. What came into the folder since, or is another now, is copied first;
 * it is looked through until nothing is left. Returns how many were removed.
 */
export async function removeOriginals(job: TreeJob): Promise<number> {
  let { done } = job.record.phase === 'removing' ? job.record : { done: 0 }
  for (let pass = 0; pass < mostPasses; pass++) {
    let seen = 0
    const lookup = sortedLookup(job.pieces, job.to, job.signal)
    for await (const page of piecePages(job.pieces, job.from, { signal: job.signal })) {
      seen += page.length
      done += await removeProven(job, await provenOf(job, page, lookup))
      job.told('removing', done)
      await job.note('removing', null, done)
    }
    if (seen === 0) break
  }
  return done
}

/** Removes the copies again, each as long as its original is there. */
export async function removeCopies(job: TreeJob): Promise<void> {
  const { pieces, from, to, signal } = job
  const lookup = sortedLookup(pieces, from, signal)
  let done = 0
  for await (const page of piecePages(pieces, to, { signal })) {
    const copies: Piece[] = []
    for (const piece of page) if ((await lookup(piece.name)) !== null) copies.push(piece)
    const failed = await pieces.remove(to, copies, { signal })
    if (failed[0] !== undefined) throw failed[0].error
    done += copies.length
    job.told('undoing', done)
  }
}

/** Those of a page that are in the new folder, as they are now: copied once more where that is not proved. */
async function provenOf(
  job: TreeJob,
  page: readonly Piece[],
  lookup: (name: string) => Promise<Piece | null>,
): Promise<readonly Piece[]> {
  const proven: Piece[] = []
  const open: Piece[] = []
  for (const piece of page) {
    const copy = await lookup(piece.name)
    if (copy !== null && isCopyOf(piece, copy)) proven.push(piece)
    else open.push(piece)
  }
  await inParallel(open, job.parallel, async (piece) => {
    const copied = await copyCurrent(job, piece)
    if (copied === null) return
    const there = await job.pieces.find(job.to, copied.name, { signal: job.signal })
    if (there?.bytes !== copied.bytes) throw new GatewayError('corrupted', 'The copy is not like its source.')
    proven.push(copied)
  })
  return proven
}

/** What has become another since it was looked at stays, for the next pass. */
async function removeProven(job: TreeJob, proven: readonly Piece[]): Promise<number> {
  if (proven.length === 0) return 0
  const failed = await job.pieces.remove(job.from, proven, { signal: job.signal })
  const real = failed.find(({ error }) => !isGatewayError(error, 'conflict'))
  if (real !== undefined) throw real.error
  return proven.length - failed.length
}

/**
 * Copies an object as it is now. Null when it has gone. Not broken off in the middle: the store might finish a copy after it
 * was looked for. @throws GatewayError 'conflict' when it cannot be copied as it is.
 */
async function copyCurrent(job: TreeJob, listed: Piece): Promise<Piece | null> {
  const { pieces, from, to, signal } = job
  let piece = listed
  for (let tries = 1; ; tries++) {
    try {
      await pieces.copy({ from, to }, piece)
      return piece
    } catch (error) {
      if (isGatewayError(error, 'not-found')) return null
      if (!isGatewayError(error, 'conflict') || tries === mostTries) throw error
      const now = await pieces.find(from, piece.name, { signal })
      if (now === null) return null
      // It is the one that was to be copied: the store refuses for another reason.
      if (now.version === piece.version) throw error
      piece = now
    }
  }
}
