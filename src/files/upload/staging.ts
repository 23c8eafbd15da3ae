import { isGatewayError } from '../../core/errors.ts'
import type { StageOptions, StagedUpload } from '../../storage/contract.ts'
import type { TreeOptions, WriteOptions } from '../file-tree.ts'
import { withParents } from '../folders.ts'
import type { MountedPlace } from '../mounts.ts'
import type { View } from '../view.ts'
import type { WritePlan } from './plan.ts'

/** A staged upload with its line in the journal. */
export interface JournaledUpload {
  readonly upload: StagedUpload
  /** Its id in the journal; null while it stands in none. */
  id(): string | null
  /** Suspends it, to be found again by the account. */
  keep(): Promise<void>
  /** Removes every trace. */
  discard(): Promise<void>
  /** It was published: the journal may forget it. Never throws. */
  forget(): Promise<void>
}

/** Goes on with a kept upload, or stages a new one, with the parent folders that are to be made. */
export async function openUpload(
  view: View,
  place: MountedPlace,
  { plan, ...options }: WriteOptions & TreeOptions & { readonly plan: WritePlan },
): Promise<JournaledUpload> {
  if (plan.kept !== null) return journaled(view, plan.kept.upload, () => plan.kept?.id ?? null)
  const line = journalLine(view, place)
  const staging = { ...stageOptions(options, plan), owner: view.account.name, journal: line.note }
  const upload = await withParents(view, place, () => place.mount.storage.stage(place.key, staging)).catch(
    (error: unknown) => {
      // One answer, whether a file or a folder is in the way.
      throw plan.ifAbsent && isGatewayError(error, 'already-exists') ? plan.taken(place.path, error) : error
    },
  )
  const result = journaled(view, upload, line.id)
  try {
    if (view.account.incompleteUploads === 'resume') await line.note(upload.ticket)
  } catch (error) {
    await result.discard()
    throw error
  }
  return result
}

/** An upload's line in the journal, made with its first ticket. The newest ticket is written last, however slow the journal. */
function journalLine(view: View, { path, mount }: MountedPlace) {
  let id: string | null = null
  let last: Promise<void> = Promise.resolve()

  async function write(ticket: string): Promise<void> {
    if (id !== null) await view.staged.update(id, ticket)
    else id = await view.staged.add({ account: view.account.name, path, storage: mount.name, ticket })
  }

  return {
    id: () => id,
    note(ticket: string): Promise<void> {
      const written = last.then(() => write(ticket))
      last = written.catch(() => {})
      return written
    },
  }
}

function stageOptions(options: WriteOptions & TreeOptions, { startBytes, ifAbsent }: WritePlan): StageOptions {
  const { signal, declaredBytes = null, modified = null } = options
  return {
    start: startBytes,
    ifAbsent,
    signal,
    ...(declaredBytes !== null && { declaredBytes }),
    ...(modified !== null && { modified }),
  }
}

function journaled(view: View, upload: StagedUpload, id: () => string | null): JournaledUpload {
  async function forget(): Promise<void> {
    const known = id()
    if (known === null) return
    try {
      await view.staged.remove(known)
    } catch (error) {
      // What became of the upload is settled; a line too many in the journal leads to nothing, and is swept.
      view.logger.error('an upload could not be taken out of the journal', { error })
    }
  }

  async function keep(): Promise<void> {
    await upload.suspend()
    const known = id()
    if (known !== null) await view.staged.keep(known, upload.ticket)
  }

  async function discard(): Promise<void> {
    await upload.discard()
    await forget()
  }

  return { upload, id, keep, discard, forget }
}
