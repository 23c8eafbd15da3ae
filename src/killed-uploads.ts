import type { Logger } from './core/logger.ts'
import type { ObjectKey } from './core/paths.ts'
import { waitingVersion } from './files/waiting/looking.ts'
import type { BrokenNotes } from './state/broken-uploads.ts'
import { leftUploads, type FileUnderWay, type LeftUploads } from './state/running-uploads.ts'
import type { WaitingUploads } from './state/waiting-uploads.ts'
import type { Storage } from './storage/contract.ts'

export interface KilledUploadsOptions {
  /** Where the processes of this gateway write down what they are at. */
  readonly folder: string
  readonly storages: ReadonlyMap<string, Storage>
  readonly waiting: WaitingUploads
  readonly notes: Pick<BrokenNotes, 'note'>
  readonly logger: Logger
}

/** Notes of files that their replacement broke off because its process was killed. */
export interface KilledUploads {
  /** This worker is gone. */
  workerGone(worker: string): void
  /** Waits for no store: what is not noted by then is noted at the next start. */
  close(): void
}

/** How often it is tried again, where the store or the database does not answer. Nobody goes on from those files until then. */
const everyMilliseconds = 60_000
/** How long the start waits for stores that are slow. */
const startMilliseconds = 5_000

/** For the main process, before there is a process that serves clients. */
export async function noteKilledUploads(options: KilledUploadsOptions): Promise<KilledUploads> {
  const { folder, logger } = options
  let left: readonly LeftUploads[] = leftUploads(folder, null)
  let running = Promise.resolve()

  async function settleAll(): Promise<void> {
    const found = left
    left = []
    for (const process of found) {
      try {
        for (const file of process.files) await note(options, file)
        process.forget()
      } catch (error) {
        left = [...left, process]
        logger.warn('uploads of a process that was killed could not be noted', { error })
      }
    }
  }

  const settle = () => (running = running.then(settleAll))
  await Promise.race([settle(), wait(startMilliseconds)])
  const timer = setInterval(() => void settle(), everyMilliseconds)
  timer.unref()
  return {
    workerGone(worker) {
      left = [...left, ...leftUploads(folder, worker)]
      void settle()
    },
    close: () => clearInterval(timer),
  }
}

async function note({ storages, waiting, notes }: KilledUploadsOptions, file: FileUnderWay): Promise<void> {
  const { account, storage, key } = file
  const lines = await waiting.all({ storage })
  const waits = lines.find((line) => line.account === account && line.key === key)
  const version = file.version ?? (waits && waitingVersion(waits)) ?? (await stored(storages.get(storage), key))
  if (version !== null) await notes.note({ account, storage, key, version })
}

async function stored(storage: Storage | undefined, key: string): Promise<string | null> {
  const entry = await storage?.stat(key as ObjectKey)
  return entry?.kind === 'file' ? entry.version : null
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })
}
