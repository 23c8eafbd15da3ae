import type { Account } from './accounts/account.ts'
import type { Clock } from './core/clock.ts'
import type { Logger } from './core/logger.ts'
import { memoryBudget } from './core/memory-budget.ts'
import { opening } from './core/opening.ts'
import type { FileTree } from './files/file-tree.ts'
import type { FolderOptions } from './files/folder-options.ts'
import { lastingHashCache } from './files/hash-cache.ts'
import { openFileTree } from './files/open-file-tree.ts'
import { brokenMilliseconds, brokenUploads, sqlBrokenNotes } from './state/broken-uploads.ts'
import { sqlContentHashes } from './state/content-hashes.ts'
import { openState } from './state/database.ts'
import { sqlFileTimes } from './state/file-times.ts'
import { ownerName } from './state/nodes.ts'
import type { StateOptions } from './state/options.ts'
import { sqlQuotaLedger } from './state/quota.ts'
import { runningFolder, runningUploads } from './state/running-uploads.ts'
import { sqlStagedUploads } from './state/staged-uploads-sql.ts'
import { sqlTreeOperations } from './state/tree-operations-sql.ts'
import { sqlWaitingUploads } from './state/waiting-uploads-sql.ts'
import type { Storage } from './storage/contract.ts'
import { openStorages, type NamedStorageOptions } from './storage/drivers/open-storages.ts'

export interface ServedFilesOptions {
  readonly storages: NamedStorageOptions
  readonly folders: FolderOptions
  readonly state: StateOptions
  /** Bytes for the buffers of this process's uploads. */
  readonly memory: number
  /** Names this gateway on shared storages. */
  readonly instance: string
  /** Names this process in the state database. */
  readonly owner: string
}

/** The storages and the state of a process that serves clients. */
export interface ServedFiles {
  readonly storages: readonly Storage[]
  /** What this account sees. */
  open(account: Account): FileTree
  close(): Promise<void>
}

/** Hashes remembered, of files that were hashed by reading. */
const rememberedHashes = 10_000
/** The same, for all processes and the next start. */
const keptHashes = 100_000

/** @throws GatewayError when the state or a storage cannot be used; nothing is left open then. */
export function servedFiles(
  options: ServedFilesOptions,
  services: { readonly logger: Logger; readonly clock: Clock },
): Promise<ServedFiles> {
  return opening(async (closing) => {
    const { logger, clock } = services
    const { instance, state, folders } = options
    const owned = { owner: ownerName(instance, options.owner), clock }
    const database = await openState(state)
    closing.defer(() => database.close())
    const running = runningUploads(runningFolder(state), { owner: options.owner, logger })
    closing.defer(() => running.close())
    const quota = sqlQuotaLedger(database, owned)
    closing.defer(() => quota.settled())
    const memory = memoryBudget({ bytes: options.memory })
    const times = sqlFileTimes(database)
    const storages = await openStorages(options.storages, { ...services, instance, memory, times })
    closing.defer(async () => {
      for (const storage of storages.values()) await storage.close()
    })
    const shared = {
      ...{ storages, quota, logger, clock },
      staged: sqlStagedUploads(database, owned),
      waiting: sqlWaitingUploads(database, owned),
      broken: brokenUploads(sqlBrokenNotes(database, { keptMilliseconds: brokenMilliseconds }), running),
      hashes: lastingHashCache(rememberedHashes, sqlContentHashes(database, { most: keptHashes })),
      trees: { operations: sqlTreeOperations(database, owned), ...treesOf(folders) },
    }
    return {
      storages: [...storages.values()],
      open: (account) => openFileTree({ account, ...shared }),
      close: () => closing.disposeAsync(),
    }
  })
}

function treesOf({ parallelCopies, mostMoved, retryEvery }: FolderOptions) {
  return { parallel: parallelCopies, mostMoved, retryMilliseconds: retryEvery }
}
