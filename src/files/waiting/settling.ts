import { GatewayError, isGatewayError, type ErrorCode } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { WaitingIntent, WaitingUpload } from '../../state/waiting-uploads.ts'
import type { CallOptions, CopyOptions, FileEntry } from '../../storage/contract.ts'
import { noteStored, waitingAt, waitingBelow, type WaitingContext } from './context.ts'
import { waitingEntry } from './looking.ts'

type Settling = Pick<WaitingContext, 'inner' | 'sealed' | 'waiting' | 'logger'>

/** The rename that was foreseen: no byte is copied. */
export async function publishWaiting(
  context: Settling,
  upload: WaitingUpload,
  options: CopyOptions = {},
): Promise<FileEntry> {
  return await claimed(context, { upload, intent: 'publish' }, async () => {
    const entry = await context.sealed.publish(upload.ticket, options)
    await applyTime(context, upload, entry.key)
    return entry
  })
}

/** Any other name: an object is made of it, by a copy. @throws GatewayError 'conflict' when that cannot be done now. */
export async function divertWaiting(
  context: Settling,
  upload: WaitingUpload,
  { to, ...options }: CopyOptions & { readonly to: ObjectKey },
): Promise<FileEntry> {
  return await claimed(context, { upload, intent: 'divert' }, async () => {
    const isBegun = upload.intent !== null
    const entry = await context.sealed.divert(upload.ticket, to, { isBegun, ...options })
    await applyTime(context, upload, to)
    return entry
  })
}

/** Makes an object of what waits under the name, for what only objects can do: being read, copied, added to. */
export async function materialize(
  context: WaitingContext,
  key: ObjectKey,
  { signal }: CallOptions = {},
): Promise<void> {
  const upload = await waitingAt(context, key)
  if (upload === null) return
  try {
    const { version } = await divertWaiting(context, upload, { to: key, signal })
    context.versions.note(waitingEntry(upload).version, version)
    noteStored(context, key)
  } catch (error) {
    // Another session was faster: it is an object by now.
    if (!isGatewayError(error, 'conflict') || (await waitingAt(context, key)) !== null) throw error
  }
}

/** The same for all below a directory, which then can be moved. */
export async function materializeBelow(
  context: WaitingContext,
  directory: ObjectKey,
  options?: CallOptions,
): Promise<void> {
  for (const { key } of await waitingBelow(context, directory)) await materialize(context, key as ObjectKey, options)
}

/** Removes what waits under the name. False when nothing does. @throws GatewayError 'conflict' while a session has it. */
export async function dropWaiting(context: WaitingContext, key: ObjectKey): Promise<boolean> {
  const upload = await waitingAt(context, key)
  if (upload === null) return false
  // It may be an object already.
  if (upload.intent === 'divert') await materialize(context, key)
  else {
    if (!(await context.waiting.claim(upload.id))) throw inUse()
    await context.waiting.remove(upload.id)
    await discardForgotten(context, upload)
  }
  return upload.intent !== 'divert'
}

/** Removes all that waits below a directory. Returns how many bytes that was. @throws as `dropWaiting`. */
export async function dropWaitingBelow(context: WaitingContext, directory: ObjectKey): Promise<number> {
  let bytes = 0
  for (const upload of await waitingBelow(context, directory))
    if (await dropWaiting(context, upload.key as ObjectKey)) bytes += upload.bytes
  return bytes
}

/** One that nobody knows of any more: what cannot be removed from the store now is swept by its age. */
export async function discardForgotten({ sealed, logger }: Settling, upload: WaitingUpload): Promise<void> {
  try {
    await sealed.discard(upload.ticket)
  } catch (error) {
    logger.warn('a waiting upload could not be discarded', { key: upload.key, storage: upload.storage, error })
  }
}

/** What these say was found out before anything was done. */
const harmless: readonly ErrorCode[] = ['conflict', 'already-exists', 'not-found', 'not-directory', 'is-directory']

interface Claim {
  readonly upload: WaitingUpload
  readonly intent: WaitingIntent
}

async function claimed<T>(context: Settling, { upload, intent }: Claim, work: () => Promise<T>): Promise<T> {
  const { waiting } = context
  const { id } = upload
  if (!(await waiting.claim(id))) throw inUse()
  try {
    await waiting.intend(id, intent)
    const result = await work()
    await waiting.remove(id)
    return result
  } catch (error) {
    const isOver = isGatewayError(error, 'not-found') && (await isNoMore(context, upload))
    if (isOver) await waiting.remove(id)
    else if (isGatewayError(error, ...harmless) && !(await isShown(context, { upload, intent }, error)))
      await waiting.intend(id, upload.intent)
    throw error
  } finally {
    await waiting.release(id)
  }
}

/** Whether a copy failed that its content is in the open for: only one who knows that goes on. */
async function isShown({ sealed }: Settling, { upload, intent }: Claim, error: unknown): Promise<boolean> {
  if (intent !== 'divert' || !isGatewayError(error, 'conflict')) return false
  return (await sealed.fate(upload.ticket)) === 'published'
}

/**
 * Whether nothing waits any more: it has the name foreseen, and a power cut has brought its line back; or the store has
 * forgotten it: aborted by a rule of the bucket, or by hand.
 */
async function isNoMore(
  { sealed, logger }: Settling,
  { ticket, account, storage, key, intent }: WaitingUpload,
): Promise<boolean> {
  const fate = await sealed.fate(ticket)
  if (fate === 'published') return intent === null
  if (fate === 'waiting') return false
  logger.error('the store has lost an upload that waited for its rename', { account, storage, key })
  return true
}

/** The content is where it should be: a time that cannot be set must not make it look otherwise. */
async function applyTime({ inner, logger }: Settling, upload: WaitingUpload, key: ObjectKey): Promise<void> {
  if (!upload.hasOwnTime) return
  try {
    await inner.setModified?.(key, upload.modified)
  } catch (error) {
    logger.warn('a file was renamed, but its time could not be set', { storage: upload.storage, key, error })
  }
}

function inUse(): GatewayError {
  return new GatewayError('conflict', 'Another session is at work with this file.')
}
