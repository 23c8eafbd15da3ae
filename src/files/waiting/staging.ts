import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { parentKey, type ObjectKey } from '../../core/paths.ts'
import type {
  FileEntry,
  PublishOptions,
  RestageOptions,
  SealedUpload,
  StagedUpload,
  StageOptions,
  StageTicket,
} from '../../storage/contract.ts'
import { PassedOnUpload } from '../../storage/passed-on-upload.ts'
import { inDirectory, noteStored, waitingAt, type WaitingContext } from './context.ts'
import { waitingEntry } from './looking.ts'
import { discardForgotten, dropWaiting, materialize } from './settling.ts'
import { refusal } from '../../storage/refusal.ts'

/** An upload under a temporary name is staged for the name it will be given; any other as ever. */
export async function stage(context: WaitingContext, key: ObjectKey, options?: StageOptions): Promise<StagedUpload> {
  return await inDirectory(context, parentKey(key), () => staged(context, key, options))
}

async function staged(context: WaitingContext, key: ObjectKey, options: StageOptions = {}): Promise<StagedUpload> {
  const { start = 0, ifAbsent = false } = options
  if (ifAbsent && (await waitingAt(context, key)) !== null) throw refusal('already-exists')
  if (start > 0) await materialize(context, key, options)
  const journal = noted(options)
  const bound = start > 0 ? null : await stageForItsName(context, key, { ...options, ...journal.options })
  if (bound === null) return replacing(context, await context.inner.stage(key, options))
  return waitingUpload(context, bound, { ifAbsent, journaledTicket: () => journal.latest() ?? bound.ticket })
}

/** Null where the storage does not know the upload any more. */
export async function restage(
  context: WaitingContext,
  ticket: StageTicket,
  options: RestageOptions = {},
): Promise<StagedUpload | null> {
  const journal = noted(options)
  const upload = await context.inner.restage(ticket, { ...options, ...journal.options })
  if (upload === null) return null
  if (upload.seal === undefined) return replacing(context, upload)
  return waitingUpload(context, upload, { ifAbsent: false, journaledTicket: () => journal.latest() ?? ticket })
}

/** Null where the upload had better be one like any other. */
async function stageForItsName(
  { inner, finalKeyOf, waiting, account, storage, most }: WaitingContext,
  key: ObjectKey,
  options: StageOptions,
): Promise<StagedUpload | null> {
  const finalKey = finalKeyOf(key)
  if (finalKey === null || (await waiting.count(account, storage)) >= most) return null
  const { signal } = options
  // Who may not overwrite cannot give it that name; and only from there could it be given another.
  if (options.ifAbsent === true && (await inner.stat(finalKey, { signal })) !== null) return null
  try {
    return await inner.stage(key, { ...options, finalKey })
  } catch (error) {
    // Names that no file of a client can have: if it is the temporary one itself, that is found out again.
    if (isGatewayError(error, 'is-directory', 'permission-denied', 'invalid-path')) return null
    throw error
  }
}

/** Watches which ticket stands in the journal. */
function noted({ journal }: Pick<StageOptions, 'journal'>) {
  let latest: StageTicket | null = null
  const note = async (ticket: StageTicket) => {
    latest = ticket
    await journal?.(ticket)
  }
  return {
    latest: () => latest,
    options: journal === undefined ? {} : { journal: note },
  }
}

/** What is stored takes the place of what waits under the name. */
function replacing(context: WaitingContext, upload: StagedUpload): StagedUpload {
  return new OtherwisePublished(upload, async (options) => {
    const entry = await upload.publish(options)
    noteStored(context, entry.key)
    await dropWaiting(context, entry.key)
    return entry
  })
}

interface Waiter {
  readonly ifAbsent: boolean
  /** The ticket of this upload's line in the journal of staged uploads, if it has one. */
  readonly journaledTicket: () => StageTicket
}

/** An upload that is published to its account alone: it begins to wait for its rename. */
function waitingUpload(
  context: WaitingContext,
  upload: StagedUpload,
  { ifAbsent, journaledTicket }: Waiter,
): StagedUpload {
  let sealed: SealedUpload | null = null

  async function publish({ as, signal }: PublishOptions = {}): Promise<FileEntry> {
    sealed ??= (await upload.seal?.()) ?? null
    if (sealed === null) throw new GatewayError('internal', 'This upload cannot wait.')
    if (as !== undefined && as !== sealed.key)
      return await context.sealed.divert(sealed.ticket, as, { ifAbsent, signal })
    if (ifAbsent && (await waitingAt(context, sealed.key)) !== null) throw refusal('already-exists')
    const entry = await beginToWait(context, sealed, journaledTicket())
    if (!ifAbsent && context.stored.has(entry.key)) await removeReplaced(context, entry.key)
    return entry
  }

  return new OtherwisePublished(upload, publish)
}

async function beginToWait(
  context: WaitingContext,
  { ticket, key, finalKey, bytes, modified, hashes, proof }: SealedUpload,
  journaledTicket: StageTicket,
): Promise<FileEntry> {
  const { waiting, account, storage, clock } = context
  const time = modified ?? new Date(Math.floor(clock.now().getTime() / 1000) * 1000)
  const line = { account, storage, key, finalKey, ticket, bytes, modified: time, hasOwnTime: false, hashes }
  for (const old of await waiting.add(line, journaledTicket)) await discardForgotten(context, old)
  const upload = await waitingAt(context, key)
  if (upload === null) throw new GatewayError('conflict', 'The file was removed as soon as it had come.')
  return { ...waitingEntry(upload), ...(proof && { proof }) }
}

/** Nobody should find the old content there again once the new one has its final name. */
async function removeReplaced({ inner, stored, logger, storage }: WaitingContext, key: ObjectKey): Promise<void> {
  try {
    await inner.remove(key)
  } catch (error) {
    if (!isGatewayError(error, 'not-found', 'is-directory'))
      logger.warn('what an upload replaces could not be removed', { storage, key, error })
  }
  stored.forget(key)
}

/** The upload with another way to publish. */
class OtherwisePublished extends PassedOnUpload {
  readonly #publish: StagedUpload['publish']
  #isOver = false

  constructor(upload: StagedUpload, publish: StagedUpload['publish']) {
    super(upload)
    this.#publish = publish
  }

  override async publish(options?: PublishOptions): Promise<FileEntry> {
    const entry = await this.#publish(options)
    this.#isOver = true
    return entry
  }

  override async suspend(): Promise<void> {
    if (!this.#isOver) await super.suspend()
  }

  override async discard(): Promise<void> {
    if (!this.#isOver) await super.discard()
  }
}
