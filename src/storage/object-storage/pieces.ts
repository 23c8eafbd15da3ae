import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { joinKeys, parentKey, type ObjectKey } from '../../core/paths.ts'
import type { ListedObject, ObjectFacts } from '../object-http/object-types.ts'
import type { FailedPiece, Piece, PieceCallOptions, PieceListOptions, PieceMove, PiecePage, Pieces } from '../pieces.ts'
import { copyObject, type CopiedFacts } from './copying.ts'
import { directoryEntry, storedEntry, wholeSeconds } from './entries.ts'
import { refuseHidden } from './bucket-keys.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/** Directories of a bucket, moved and removed object by object: copies one by one, deletes by the thousand. */
export function pieces(parts: ObjectStorageParts): Pieces {
  return {
    list: (directory, options = {}) => list(parts, directory, options),
    find: (directory, name, options = {}) => find(parts, directory, { name, ...options }),
    copy: (move, piece, options = {}) => copy(parts, { ...move, piece, ...options }),
    remove: (directory, gone, options = {}) => remove(parts, directory, { gone, ...options }),
  }
}

async function list(
  { client, keys }: ObjectStorageParts,
  directory: ObjectKey,
  { after = null, ...call }: PieceListOptions,
): Promise<PiecePage> {
  refuseHidden(directory)
  const prefix = keys.directory(directory)
  const range = after === null ? {} : { after: prefix + after }
  const page = await client.listObjects({ ...call, ...range, prefix })
  // Behind its own marker a store that begins at the bound instead of behind it would name that one again.
  const objects = page.objects.filter(({ key }) => after === null || key !== prefix + after)
  return { pieces: objects.map((object) => listedPiece(object, prefix)), isLast: page.next === null }
}

function listedPiece({ key, bytes, etag, modified, storageClass }: ListedObject, prefix: string): Piece {
  return { name: key.slice(prefix.length), bytes, version: etag, modified, storageClass: unusual(storageClass) }
}

/** Listings name the usual class, answers about one object do not. */
function unusual(storageClass: string | null): string | null {
  return storageClass === 'STANDARD' ? null : storageClass
}

async function find(
  { client, keys }: ObjectStorageParts,
  directory: ObjectKey,
  { name, ...call }: PieceCallOptions & { readonly name: string },
): Promise<Piece | null> {
  refuseHidden(directory)
  const facts = await client.headObject(keys.directory(directory) + name, call)
  if (facts === null) return null
  const { bytes, etag, modified, storageClass } = facts
  return { name, bytes, version: etag, modified, storageClass: unusual(storageClass) }
}

type Copying = PieceMove & PieceCallOptions & { readonly piece: Piece }

async function copy(parts: ObjectStorageParts, { from, to, piece, ...call }: Copying): Promise<void> {
  const { client, keys } = parts
  refuseHidden(from)
  refuseHidden(to)
  if (isMarker(piece)) {
    await client.putObject(keys.directory(to) + piece.name, [], call)
    noteDirectory(parts, joinKeys(to, piece.name.slice(0, -1) as ObjectKey))
    return
  }
  const key = joinKeys(to, piece.name as ObjectKey)
  const old = joinKeys(from, piece.name as ObjectKey)
  const { bytes, version } = piece
  const facts = await factsOf(parts, old, { piece, ...call })
  const stored = await copyObject(parts, { from: old, facts, to: key, ...call })
  // The metadata went along; what listings tell of them has to be noted.
  await parts.times.load([{ key: old, version }])
  const own = parts.times.of(old, version)
  parts.times.note(key, stored.etag, own)
  if (parts.recent === null) return
  const modified = own ?? wholeSeconds(stored.date ?? parts.clock.now())
  parts.recent.written(storedEntry({ key, bytes, version: stored.etag, modified }))
  noteDirectory(parts, parentKey(key))
}

/** A listing knows enough for a copy by one request, which takes the metadata along by itself. */
async function factsOf(
  { client, keys }: ObjectStorageParts,
  key: ObjectKey,
  { piece, ...call }: PieceCallOptions & { readonly piece: Piece },
): Promise<CopiedFacts> {
  const { version: etag, bytes, storageClass } = piece
  if (bytes <= client.dialect.mostPutBytes) return { etag, bytes, storageClass, contentType: null, metadata: {} }
  const facts: ObjectFacts | null = await client.headObject(keys.object(key), call)
  if (facts === null) throw refusal('not-found')
  if (facts.etag !== etag) throw new GatewayError('conflict', 'The file was changed while it was copied.')
  return facts
}

type Removing = PieceCallOptions & { readonly gone: readonly Piece[] }

async function remove(
  parts: ObjectStorageParts,
  directory: ObjectKey,
  { gone, ...call }: Removing,
): Promise<readonly FailedPiece[]> {
  refuseHidden(directory)
  const prefix = parts.keys.directory(directory)
  const ifMatch = new Map(gone.map(({ name, version }) => [prefix + name, version]))
  const failed = await parts.client.deleteObjects([...ifMatch.keys()], { ifMatch, ...call })
  const failures = new Map(failed.map(({ key, error }) => [key, error]))
  parts.directories.forget(directory)
  for (const { name } of gone) if (!failures.has(prefix + name)) forget(parts, directory, name)
  return gone.flatMap((piece) => {
    const error = failures.get(prefix + piece.name)
    return error === undefined ? [] : [{ piece, error: asConflict(error) }]
  })
}

/** What a store that compares says of an object that is another by now, or that has gone since. */
function asConflict(error: GatewayError): GatewayError {
  return isGatewayError(error, 'not-found') ? new GatewayError('conflict', error.message, { cause: error }) : error
}

/** What this process remembers of an object and of the directories it lay in. */
function forget({ directories, files, recent }: ObjectStorageParts, directory: ObjectKey, name: string): void {
  const key = joinKeys(directory, name.replace(/\/$/, '') as ObjectKey)
  files.forget(key)
  if (name === '' || name.endsWith('/')) directories.forget(key)
  recent?.removed(key)
  for (let at = parentKey(key); at.startsWith(`${directory}/`); at = parentKey(at)) directories.forget(at)
  if (name === '') recent?.removed(directory)
}

/** The directory is there now, and so are those above it: a store that lists late must not hide them. */
function noteDirectory({ directories, recent, times }: ObjectStorageParts, key: ObjectKey): void {
  for (let at = key; at !== '' && !directories.has(at); at = parentKey(at)) recent?.written(directoryEntry(at, times))
  directories.note(key)
}

/** An empty object whose name ends in a slash; it is made anew, for not every store copies such. */
function isMarker({ name, bytes }: Piece): boolean {
  return bytes === 0 && (name === '' || name.endsWith('/'))
}
