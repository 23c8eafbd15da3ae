import { GatewayError } from '../../core/errors.ts'
import type { FileEntry } from '../../storage/contract.ts'
import { wholeKey, type MountedPlace } from '../mounts.ts'
import type { View } from '../view.ts'

/** An upload from which this many bytes have come is noted in the database while it runs. */
export const longBytes = 16 * 1024 ** 2

/** What is noted of one upload that is to replace a whole file. */
export interface BrokenNote {
  /** It is long: notes in the background that the old file is still there, for a power cut and for other gateways. */
  early(): void
  /** Until that is done. A note of the old version means nothing any more once a new one is there. */
  settled(): Promise<void>
  /** It was published, or is kept. */
  over(): void
  /** It broke off. Where that cannot be noted nobody goes on from the old file in this gateway all the same. */
  atEnd(): Promise<void>
}

/**
 * From here on it counts as running: its client may be told to begin, and believe that what it sends has come.
 * @param isWhole Whether nothing of the old file is to stay.
 */
export function brokenNote(view: View, place: MountedPlace, isWhole: boolean): BrokenNote {
  const running = isWhole ? view.broken.begin(nameOf(view, place)) : null
  let writing: Promise<void> | null = null

  async function versionThere(): Promise<string | null> {
    const old = await place.mount.storage.stat(place.key)
    return old?.kind === 'file' ? old.version : null
  }

  async function note(version: string | null): Promise<void> {
    if (version !== null) await view.broken.note({ ...nameOf(view, place), version })
  }

  return {
    early() {
      if (isWhole)
        writing ??= versionThere()
          .then(note)
          .catch((error: unknown) => warn(view, place, error))
    },
    async settled() {
      await writing
    },
    over: () => running?.end(),
    async atEnd() {
      await writing
      if (running === null) return
      let version: string | null = null
      try {
        version = await versionThere()
        await note(version)
        running.end()
      } catch (error) {
        warn(view, place, error)
        running.brokeOver(version)
      }
    },
  }
}

/**
 * For REST and STOR, and APPE. Clients such as lftp and FileZilla go on by themselves after a lost connection, from the length
 * that they are told, which is that of the old file. @throws GatewayError 'invalid-restart'.
 */
export async function requireUnbroken(view: View, place: MountedPlace, { version }: FileEntry): Promise<void> {
  if (!(await view.broken.has({ ...nameOf(view, place), version }))) return
  throw new GatewayError(
    'invalid-restart',
    `${place.path}: This is still the old file; of the new one nothing is kept: send it whole.`,
  )
}

function warn({ logger }: View, { path }: MountedPlace, error: unknown): void {
  logger.warn('an upload could not be noted', { path, error })
}

function nameOf(view: View, place: MountedPlace) {
  return { account: view.account.name, storage: place.mount.name, key: wholeKey(place) }
}
