import { GatewayError } from '../../core/errors.ts'
import type { RunningUpload } from '../../state/running-uploads.ts'
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
  /** It broke off. */
  atEnd(): Promise<void>
}

/**
 * From here on it counts as running: its client may be told to begin, and believe that what it sends has come.
 * @param isWhole Whether nothing of the old file is to stay.
 */
export function brokenNote(view: View, place: MountedPlace, isWhole: boolean): BrokenNote {
  let writing: Promise<void> | null = null
  let running: RunningUpload | null = isWhole ? view.broken.begin(nameOf(view, place)) : null

  async function note(): Promise<void> {
    const old = await place.mount.storage.stat(place.key)
    if (old?.kind !== 'file') return
    try {
      await view.broken.note({ ...nameOf(view, place), version: old.version })
    } catch (error) {
      running?.brokeOver(old.version)
      running = null
      throw error
    }
  }

  function over(): void {
    running?.end()
    running = null
  }

  return {
    early() {
      if (!isWhole || writing !== null) return
      writing = note().catch((error: unknown) =>
        view.logger.warn('an upload could not be noted', { path: place.path, error }),
      )
    },
    async settled() {
      await writing
    },
    over,
    async atEnd() {
      await writing
      if (!isWhole) return
      // Where this fails the upload stays noted as one that runs, and nobody goes on from the old file either.
      await note()
      over()
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

function nameOf(view: View, place: MountedPlace) {
  return { account: view.account.name, storage: place.mount.name, key: wholeKey(place) }
}
