import { GatewayError } from '../../core/errors.ts'
import { parentKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, DivertOptions, FileEntry, SealedUploads, StageTicket } from '../contract.ts'
import type { Published, UploadEngine } from '../multipart/engine.ts'
import { publishSealed } from '../multipart/publish-sealed.ts'
import { readSealedTicket, type SealedFacts } from '../multipart/sealed-ticket.ts'
import { requireFree } from './changing.ts'
import { copyObject, type CopiedFacts } from './copying.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/** Uploads that wait for their name: their parts are bound to one key, and can be read under none. */
export function sealedUploads(parts: ObjectStorageParts, engine: UploadEngine): SealedUploads {
  const { store } = engine
  return {
    async publish(ticket, { ifAbsent = false, ...call } = {}) {
      const facts = factsOf(ticket)
      if (parts.directories.has(facts.key)) throw refusal('is-directory')
      return engine.entryOf(await publishSealed(engine, facts, { ifAbsent, ...call }))
    },
    divert: (ticket, to, options = {}) => divert(parts, engine, { sealed: factsOf(ticket), to, ...options }),
    async fate(ticket, call = {}) {
      const { key, token, uploadId } = factsOf(ticket)
      if ((await store.head(key, call))?.token === token) return 'published'
      return uploadId === null || (await store.listParts({ key, uploadId }, call)) !== null ? 'waiting' : 'lost'
    },
    async discard(ticket) {
      const { key, uploadId } = factsOf(ticket)
      if (uploadId !== null) await store.abort({ key, uploadId })
    },
  }
}

/** @throws GatewayError 'not-found' for what is no ticket. */
function factsOf(ticket: StageTicket): SealedFacts {
  const facts = readSealedTicket(ticket)
  if (facts === null) throw refusal('not-found')
  return facts
}

interface Diversion extends DivertOptions {
  readonly sealed: SealedFacts
  readonly to: ObjectKey
}

/**
 * Parts become an object under their own key alone: there the content is shown for the moment that a copy takes. From then on
 * nothing breaks it off.
 */
async function divert(
  parts: ObjectStorageParts,
  engine: UploadEngine,
  { sealed, to, ifAbsent = false, isBegun = false, ...call }: Diversion,
): Promise<FileEntry> {
  const isElsewhere = parentKey(to) !== parentKey(sealed.key)
  if (parts.directories.has(to)) throw refusal('is-directory')
  // In its own directory it is at home, whoever has removed that since.
  if (isElsewhere || ifAbsent) await requireFree(parts, to, { ifAbsent, ...call })
  if (sealed.uploadId === null)
    return engine.entryOf(await publishSealed(engine, sealed, { ifAbsent, as: to, ...call }))
  if (archives.has(parts.settingsFor(sealed.key).storageClass ?? '')) throw unreadable()
  const shown = await shownUnderItsKey(engine, sealed, { isBegun, ...call })
  const { key } = sealed
  const facts = await copiedFacts(parts, shown)
  const stored = await copyObject(parts, { from: key, facts, to })
  await removeShown(parts, engine, shown)
  const { version, modified } = { version: stored.etag, modified: stored.date }
  return engine.entryOf({ ...shown, key: to, stored: { ...shown.stored, version, modified } })
}

/**
 * @throws GatewayError 'conflict' when another content stands there: it must not be touched. 'not-found' for one that is there
 *   to stay, since it was published, or that is nowhere any more.
 */
async function shownUnderItsKey(
  engine: UploadEngine,
  sealed: SealedFacts,
  { isBegun, ...call }: CallOptions & { readonly isBegun: boolean },
): Promise<Published> {
  const { key, token, bytes, checksum, modified, hashes, uploadId } = sealed
  const head = await engine.store.head(key, call)
  if (head?.token === token) {
    if (!isBegun) throw refusal('not-found')
    return { key, bytes, stored: head, modified, hashes, checksum, proof: null }
  }
  if (head !== null) {
    const isGone = uploadId !== null && (await engine.store.listParts({ key, uploadId }, call)) === null
    throw isGone ? refusal('not-found') : occupied()
  }
  return await publishSealed(engine, sealed, { ifAbsent: true, ...call }).catch((error: unknown) => {
    throw error instanceof GatewayError && error.code === 'already-exists' ? occupied(error) : error
  })
}

/** Only a copy made in parts has to say type and metadata again. */
async function copiedFacts(
  { client, keys, settingsFor }: ObjectStorageParts,
  { key, bytes, stored }: Published,
): Promise<CopiedFacts> {
  const { storageClass = null } = settingsFor(key)
  const etag = stored.version
  if (bytes <= client.dialect.mostPutBytes) return { etag, bytes, storageClass, contentType: null, metadata: {} }
  const facts = await client.headObject(keys.object(key))
  if (facts?.etag !== etag) throw refusal('not-found')
  return facts
}

/** Not broken off: the content would stay where it was only to be shown for a moment. */
async function removeShown(
  { client, files, recent }: ObjectStorageParts,
  { store }: UploadEngine,
  { key, stored }: Published,
): Promise<void> {
  files.forget(key)
  // A store that cannot compare would remove what somebody has put there since.
  if (!client.dialect.ifMatch && (await store.head(key))?.version !== stored.version) return
  try {
    await store.remove(key, { ifVersion: stored.version, versionId: stored.versionId })
    recent?.removed(key)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'conflict') throw error
  }
}

/** Storage classes that nothing can be copied from, once it is there. */
const archives: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE', 'ARCHIVE'])

function unreadable(): GatewayError {
  return new GatewayError(
    'conflict',
    'It goes into the archive, from where it cannot be copied: rename it as foreseen.',
  )
}

function occupied(cause?: unknown): GatewayError {
  return new GatewayError(
    'conflict',
    'Another file stands under the name foreseen for this upload: rename it to that, or move the other file first.',
    { cause },
  )
}
