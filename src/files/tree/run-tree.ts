import { GatewayError, isGatewayError, toGatewayError } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { TreeOperationRecord, TreePhase } from '../../state/tree-operations.ts'
import { copyAll, removeCopies, removeOriginals } from './move-pieces.ts'
import { removeAll } from './remove-pieces.ts'
import { exceptByClient } from './except-by-client.ts'
import type { TreeJob, TreeRun } from './tree-job.ts'

/**
 * Does a claimed operation, or what is left of it, and takes it out of the journal: done, undone, or given up. Nothing but a
 * broken connection, a stop of the gateway or trouble of the store leaves it there, for whoever comes next. A rename copies
 * all before it removes anything: until then it can be undone, and from then on it is only finished.
 * @throws GatewayError saying what became of it. Returns how many objects were removed.
 */
export async function runTree(record: TreeOperationRecord, run: TreeRun): Promise<number> {
  const { operations } = run
  const progress = { phase: record.phase }
  const job: TreeJob = {
    ...run,
    record,
    from: record.source as ObjectKey,
    to: (record.target ?? '') as ObjectKey,
    async note(phase, after, done) {
      progress.phase = phase
      await operations.progress(record.id, { phase, after, done })
    },
    told: (phase, done) => run.onProgress?.({ phase, done, total: record.total === 0 ? null : record.total }),
  }
  try {
    const removed = await (record.target === null ? removeAll(job) : move(job, progress))
    await operations.finish(record.id)
    return removed
  } catch (error) {
    const failure = toGatewayError(error)
    if (isForNow(failure)) {
      const wait = failure.code === 'unavailable' ? run.retryMilliseconds : 0
      await operations.release(record.id, new Date(run.clock.now().getTime() + wait))
      throw goesOn(record, failure, progress.phase)
    }
    await operations.finish(record.id)
    throw givenUp(record, failure, progress.phase)
  }
}

async function move(job: TreeJob, progress: { readonly phase: TreePhase }): Promise<number> {
  const stop = exceptByClient(job.signal)
  try {
    const lasting = { ...job, signal: stop.signal }
    if (progress.phase === 'copying') await copiedOrUndone(job, lasting)
    if (progress.phase === 'undoing') {
      await removeCopies(lasting)
      throw new GatewayError('aborted', 'The folder was not renamed; what had been copied is removed again.')
    }
    return await removeOriginals(lasting)
  } finally {
    stop.close()
  }
}

async function copiedOrUndone(job: TreeJob, lasting: TreeJob): Promise<void> {
  try {
    await copyAll(job)
    await job.note('removing', null, 0)
  } catch (error) {
    if (isForNow(toGatewayError(error))) throw error
    await job.note('undoing', null, 0)
    await removeCopies(lasting)
    throw error
  }
}

/** What passes by itself: it is worth going on later. */
function isForNow(error: GatewayError): boolean {
  return isGatewayError(error, 'unavailable', 'too-busy', 'shutting-down', 'data-connection-lost')
}

function goesOn({ sourcePath, target }: TreeOperationRecord, cause: GatewayError, phase: TreePhase): GatewayError {
  const what = target === null ? 'removed' : phase === 'undoing' ? 'as it was' : 'renamed'
  return new GatewayError(cause.code, `${sourcePath}: Not all is ${what} yet; it goes on by itself.`, { cause })
}

function givenUp({ sourcePath, target }: TreeOperationRecord, cause: GatewayError, phase: TreePhase): GatewayError {
  if (target === null) {
    return new GatewayError(cause.code, `${sourcePath}: Not all of it was removed; the rest is as it was.`, { cause })
  }
  const what =
    phase === 'removing'
      ? 'All of it was copied, but the old folder could not be removed.'
      : 'It was not renamed; all is as it was.'
  return new GatewayError(cause.code, `${sourcePath}: ${what}`, { cause })
}
