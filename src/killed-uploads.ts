import { waitAtMost } from './core/concurrency.ts'
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
  readonly waiting: Pick<WaitingUploads, 'find'>
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
  const { folder } = options
  /** What nobody is at. */
  let left: readonly LeftUploads[] = leftUploads(folder, null)
  let isClosed = false

  async function settle(): Promise<void> {
    const found = left
    left = []
    await Promise.all(
      found.map(async (dead) => {
        const still = await rest(options, dead)
        left = [...left, ...still]
      }),
    )
  }

  await waitAtMost(startMilliseconds, settle())
  const timer = setInterval(() => void settle(), everyMilliseconds)
  timer.unref()
  return {
    workerGone(worker) {
      if (isClosed) return
      left = [...left, ...leftUploads(folder, worker)]
      void settle()
    },
    close() {
      isClosed = true
      clearInterval(timer)
    },
  }
}

/** What of it could not be noted now. A store that does not answer holds up its own files only. */
async function rest(options: KilledUploadsOptions, dead: LeftUploads): Promise<readonly LeftUploads[]> {
  const byStorage = [...Map.groupBy(dead.files, ({ storage }) => storage).values()]
  const files = (await Promise.all(byStorage.map((ofOne) => notNoted(options, ofOne)))).flat()
  if (files.length > 0) return [{ ...dead, files }]
  try {
    dead.forget()
    return []
  } catch (error) {
    options.logger.warn('noted uploads of a process that was killed could not be forgotten', { error })
    return [{ ...dead, files }]
  }
}

/** No file is looked at again whose version is noted, for a new one may stand there by then. */
async function notNoted(
  options: KilledUploadsOptions,
  files: readonly FileUnderWay[],
): Promise<readonly FileUnderWay[]> {
  const left = [...files]
  try {
    for (let file = left[0]; file !== undefined; file = left[0]) {
      await note(options, file)
      left.shift()
    }
  } catch (error) {
    options.logger.warn('uploads of a process that was killed could not be noted', { error })
  }
  return left
}

async function note({ storages, waiting, notes }: KilledUploadsOptions, file: FileUnderWay): Promise<void> {
  const { account, storage, key } = file
  const waits = await waiting.find(account, storage, key)
  const version = file.version ?? (waits && waitingVersion(waits)) ?? (await stored(storages.get(storage), key))
  if (version !== null) await notes.note({ account, storage, key, version })
}

async function stored(storage: Storage | undefined, key: string): Promise<string | null> {
  const entry = await storage?.stat(key as ObjectKey)
  return entry?.kind === 'file' ? entry.version : null
}
