import type { Clock } from './core/clock.ts'
import { GatewayError, toGatewayError } from './core/errors.ts'
import type { Logger } from './core/logger.ts'
import type { FolderOptions } from './files/folder-options.ts'
import type { QuotaLedger } from './files/quota.ts'
import { runTree } from './files/tree/run-tree.ts'
import type { TreeOperationRecord, TreeOperations } from './state/tree-operations.ts'
import type { Storage } from './storage/contract.ts'

export interface UnfinishedTreesOptions {
  readonly operations: TreeOperations
  readonly folders: FolderOptions
  readonly quota: QuotaLedger
  readonly storages: ReadonlyMap<string, Storage>
  readonly logger: Logger
  readonly clock: Clock
}

/** Goes on with folders that were being moved or removed when a session, a worker or the gateway before went away. */
export interface TreeFinisher {
  /** Stops between two objects; what is left waits for the next start. */
  close(): Promise<void>
}

/** How often it is looked for work; costs one question to the state database. */
const everyMilliseconds = 2_000

/** For the main process alone. One after the other, so that a start after a long failure does not become a storm. */
export function finishTrees(options: UnfinishedTreesOptions): TreeFinisher {
  const stop = new AbortController()
  let running: Promise<void> | null = null
  const look = () => {
    running ??= finishDue(options, stop.signal).finally(() => (running = null))
  }
  look()
  const timer = setInterval(look, everyMilliseconds)
  timer.unref()
  return {
    async close() {
      clearInterval(timer)
      stop.abort(new GatewayError('shutting-down', 'The server is going down.'))
      await running
    },
  }
}

async function finishDue(options: UnfinishedTreesOptions, signal: AbortSignal): Promise<void> {
  const { operations, logger } = options
  try {
    for (const { id } of await operations.due()) {
      const record = signal.aborted ? null : await operations.claim(id)
      if (record !== null) await finish(options, record, signal)
    }
  } catch (error) {
    logger.error('unfinished folders cannot be looked for', { error })
  }
}

async function finish(
  options: UnfinishedTreesOptions,
  record: TreeOperationRecord,
  signal: AbortSignal,
): Promise<void> {
  const { operations, folders, quota, storages, logger, clock } = options
  const { storage, account, sourcePath: from, targetPath: to, phase } = record
  const pieces = storages.get(storage)?.pieces
  if (pieces === undefined) {
    logger.warn('a folder cannot be finished: its storage is gone', { storage, from, to })
    return operations.release(record.id, new Date(clock.now().getTime() + folders.retryEvery))
  }
  logger.info('going on with a folder', { account, from, to, phase })
  try {
    const objects = await runTree(record, {
      ...{ pieces, operations, clock, signal },
      ...{ parallel: folders.parallelCopies, retryMilliseconds: folders.retryEvery },
      onRemoved: (bytes) => quota.adjust(account, -bytes),
    })
    logger.info(to === null ? 'folder removed' : 'folder renamed', { account, from, to, objects })
  } catch (error) {
    const { code, message, cause } = toGatewayError(error)
    logger.warn(message, { account, from, to, code, error: cause })
  }
}
