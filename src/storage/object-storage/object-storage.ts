import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { GatewayError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { MemoryBudget } from '../../core/memory-budget.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { FileEntry, RenameOptions, StagedUpload, StageOptions, Storage, SweepOptions } from '../contract.ts'
import {
  bufferBytesOf,
  type HashName,
  type Published,
  type UploadEngine,
  type UploadSpec,
} from '../multipart/engine.ts'
import { restageMultipart } from '../multipart/restage.ts'
import { stagedMultipart } from '../multipart/staged-multipart.ts'
import { readTicket } from '../multipart/ticket.ts'
import type { ObjectClient } from '../object-http/object-client.ts'
import type { ObjectSettings } from '../object-http/object-types.ts'
import { bucketKeys, refuseHidden } from './bucket-keys.ts'
import { copy, makeDirectory, remove, removeDirectory, renameDirectory, renameFile, setModified } from './changing.ts'
import { engineStore } from './engine-store.ts'
import { storedEntry, wholeSeconds } from './entries.ts'
import { knownDirectories } from './known-directories.ts'
import { knownTimes } from './known-times.ts'
import { list } from './listing.ts'
import { folderInTheWay, makeRoot, missing, requireParent, stat, statFile } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { read } from './reading.ts'
import { recentChanges } from './recent-changes.ts'

export interface ObjectStorageOptions {
  readonly client: ObjectClient
  /** Without slashes at its ends; '' is the whole bucket. */
  readonly prefix: string
  readonly budget: MemoryBudget
  readonly parallelParts: number
  readonly hashNames: readonly HashName[]
  /** What new objects of this name are given. */
  readonly settingsFor: (key: ObjectKey) => ObjectSettings
  /** Whether the store may list late what it has stored. */
  readonly listsLate: boolean
  readonly logger: Logger
  readonly clock: Clock
}

/** How long a folder that was seen is taken to be there. Others may remove it meanwhile; it then comes back with the file. */
const directoryMilliseconds = 10_000
/** Far longer than stores take to list what they hold. */
const lateMilliseconds = 60_000
const remembered = 100_000

/** A bucket, or a part of one, as a storage. */
export function objectStorage(options: ObjectStorageOptions): Storage {
  const { client, budget, settingsFor, logger, clock } = options
  const keys = bucketKeys(options.prefix, client.dialect.mostKeyBytes)
  const parts: ObjectStorageParts = {
    ...{ client, keys, settingsFor, logger, clock },
    directories: knownDirectories({ clock, milliseconds: directoryMilliseconds, most: remembered }),
    times: knownTimes(remembered),
    recent: options.listsLate ? recentChanges({ clock, milliseconds: lateMilliseconds, most: remembered }) : null,
  }
  const engine: UploadEngine = {
    ...{ budget, parallelParts: options.parallelParts, hashNames: options.hashNames },
    store: engineStore({ client, keys, settingsFor }),
    newToken: randomUUID,
    hiddenKey: (token, number) => keys.hidden(`${token}-${number}`),
    entryOf: (published) => publishedEntry(parts, published),
  }

  return {
    stat: (key, call) => stat(parts, key, call),
    list: (directory, call) => list(parts, directory, call),
    read: (key, call) => read(parts, key, call),
    stage: (key, call) => stage(parts, engine, { key, ...call }),
    async restage(ticket, call) {
      const upload = await restageMultipart(engine, ticket, call)
      const key = readTicket(ticket)?.spec.key ?? rootKey
      return upload && withinParent(parts, key, upload)
    },
    copy: (from, to, call) => copy(parts, from, to, call),
    remove: (key, call) => remove(parts, key, call),
    makeDirectory: (key, call) => makeDirectory(parts, key, call),
    removeDirectory: (key, call) => removeDirectory(parts, key, call),
    rename: (from, to, call) => rename(parts, from, { to, ...call }),
    setModified: (key, modified, call) => setModified(parts, key, modified, call),
    makeRoot: (key) => makeRoot(parts, key),
    sweep: (keep, call) => sweep(parts, new Set(keep.map((ticket) => readTicket(ticket)?.uploadId ?? '')), call),
    close: async () => client.close(),
  }
}

async function stage(
  parts: ObjectStorageParts,
  engine: UploadEngine,
  options: StageOptions & { readonly key: ObjectKey },
): Promise<StagedUpload> {
  const { key, start = 0, ifAbsent = false, declaredBytes = null, signal } = options
  const call = signal === undefined ? {} : { signal }
  if (key === rootKey || parts.directories.has(key)) throw folderInTheWay()
  parts.keys.object(key)
  await requireParent(parts, key, call)
  const old = start > 0 || ifAbsent ? await statFile(parts, key, call) : null
  if (ifAbsent && old !== null) throw new GatewayError('already-exists', 'Something of that name is there already.')
  if (start > (old?.bytes ?? 0)) throw new GatewayError('invalid-restart', 'Fewer bytes than that are stored.')
  const spec: UploadSpec = {
    ...{ key, ifAbsent, owner: options.owner ?? '', token: engine.newToken(), journal: options.journal ?? null },
    modified: options.modified ?? null,
    declaredBytes: declaredBytes === null ? null : declaredBytes + start,
    bufferBytes: bufferBytesOf(engine),
    base: old === null || start === 0 ? null : { key, version: old.version, bytes: start, checksum: null },
  }
  return withinParent(parts, key, stagedMultipart(engine, spec))
}

/** A folder that was removed meanwhile does not come back by a file put into it. */
function withinParent(parts: ObjectStorageParts, key: ObjectKey, upload: StagedUpload): StagedUpload {
  const { publish } = upload
  return Object.defineProperties(
    {
      async publish(options = {}) {
        const { as = key, ...call } = options
        await requireParent(parts, as, call)
        return publish(options)
      },
    } as StagedUpload,
    { ...without(Object.getOwnPropertyDescriptors(upload), 'publish') },
  )
}

function without<Value>(all: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  const { [name]: _, ...rest } = all
  return rest
}

function publishedEntry(parts: ObjectStorageParts, published: Published): FileEntry {
  const { key, bytes, stored, modified, hashes } = published
  const entry = storedEntry({
    ...{ key, bytes, hashes, version: stored.version },
    modified: modified ?? wholeSeconds(stored.modified ?? parts.clock.now()),
  })
  if (modified !== null) parts.times.note(key, stored.version, modified)
  parts.directories.note(parentKey(key))
  parts.recent?.written(entry)
  return entry
}

async function rename(
  parts: ObjectStorageParts,
  from: ObjectKey,
  { to, ...options }: RenameOptions & { readonly to: ObjectKey },
): Promise<void> {
  refuseHidden(from)
  if (from === rootKey) throw new GatewayError('permission-denied', 'The root stays.')
  if (from === to) return
  const facts = await parts.client.headObject(parts.keys.object(from), options)
  if (facts !== null) return await renameFile(parts, from, { to, facts, ...options })
  if ((await stat(parts, from, { ...options, expect: 'directory' }))?.kind !== 'directory') throw missing()
  if (`${to}/`.startsWith(`${from}/`)) throw new GatewayError('is-directory', 'A folder cannot be moved into itself.')
  await renameDirectory(parts, from, { to, ...options })
}

/** Ends uploads that somebody began under our prefix, long ago, and that no ticket leads to. */
async function sweep(
  { client, keys, logger, clock }: ObjectStorageParts,
  keep: ReadonlySet<string>,
  { before = clock.now(), isDryRun = false }: SweepOptions = {},
): Promise<number> {
  let count = 0
  let after: { readonly key: string; readonly uploadId: string } | null = null
  do {
    const page = await client.listMultipartUploads({ prefix: keys.prefix, after })
    for (const { key, uploadId, begun } of page.uploads) {
      if (keep.has(uploadId) || begun === null || begun >= before) continue
      count++
      if (!isDryRun) await client.abortMultipartUpload({ key, uploadId })
      logger.debug('an unfinished upload was found', { begun, isDryRun })
    }
    after = page.next
  } while (after !== null)
  return count
}
