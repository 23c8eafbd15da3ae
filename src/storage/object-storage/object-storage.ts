import { randomUUID } from 'node:crypto'
import { checksumNames } from '../../core/checksum/kinds.ts'
import type { Clock } from '../../core/clock.ts'
import { GatewayError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import type { MemoryBudget } from '../../core/memory-budget.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { FileEntry, RenameOptions, StageTicket, Storage } from '../contract.ts'
import type { KeptTimes } from '../driver.ts'
import { type HashName, type Published, type UploadEngine } from '../multipart/engine.ts'
import { restageMultipart } from '../multipart/restage.ts'
import { readSealedTicket } from '../multipart/sealed-ticket.ts'
import { readTicket } from '../multipart/ticket.ts'
import type { ObjectClient } from '../object-http/object-client.ts'
import type { ObjectSettings } from '../object-http/object-types.ts'
import { bucketKeys, refuseHidden } from './bucket-keys.ts'
import { copy, makeDirectory, remove, removeDirectory, renameFile, setModified } from './changing.ts'
import { engineStore, storesId } from './engine-store.ts'
import { storedEntry, wholeSeconds } from './entries.ts'
import { knownDirectories } from './known-directories.ts'
import { knownFiles } from './known-files.ts'
import { timesBehind } from './kept-times.ts'
import { knownTimes } from './known-times.ts'
import { list } from './listing.ts'
import { makeRoot, stat } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { withNativeRenames } from './native-renames.ts'
import { pieces } from './pieces.ts'
import { read } from './reading.ts'
import { recentChanges } from './recent-changes.ts'
import { restore, type RestoreDefaults } from './restoring.ts'
import { sealedUploads } from './sealed.ts'
import { stage, withinParent } from './staging.ts'
import { sweep } from './sweeping.ts'
import { unfinished } from './unfinished.ts'
import { refusal } from '../refusal.ts'

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
  /** For what archived objects are asked for where the client does not say. */
  readonly restores: RestoreDefaults
  /** Whether files that are read whole are compared with the checksum the store tells. */
  readonly verifiesReads: boolean
  /** Whether the store renames by itself, directories too, and copies nothing. Default false. */
  readonly renamesNatively?: boolean
  /** Where times of files are kept beyond this process, and this storage's name there. */
  readonly kept?: { readonly times: KeptTimes; readonly storage: string } | null
  readonly logger: Logger
  readonly clock: Clock
}

/** How long a folder that was seen is taken to be there. Others may remove it meanwhile; it then comes back with the file. */
const directoryMilliseconds = 10_000
/** Far longer than stores take to list what they hold. */
const lateMilliseconds = 60_000
const remembered = 100_000
/** Time enough from the end of an upload, or from RNFR, to RNTO. */
const fileMilliseconds = 10_000
const rememberedFiles = 10_000

/** A bucket, or a part of one, as a storage. */
export function objectStorage(options: ObjectStorageOptions): Storage {
  const { client, budget, settingsFor, verifiesReads, kept = null, logger, clock } = options
  const { checksum } = client.dialect
  const keys = bucketKeys(options.prefix, client.dialect.mostKeyBytes)
  const parts: ObjectStorageParts = {
    ...{ client, keys, settingsFor, verifiesReads, logger, clock },
    directories: knownDirectories({ clock, milliseconds: directoryMilliseconds, most: remembered }),
    times: knownTimes(remembered, kept && timesBehind({ kept: kept.times, storage: kept.storage, logger })),
    files: knownFiles({ clock, milliseconds: fileMilliseconds, most: rememberedFiles }),
    recent: options.listsLate ? recentChanges({ clock, milliseconds: lateMilliseconds, most: remembered }) : null,
  }
  const engine: UploadEngine = {
    ...{ budget, parallelParts: options.parallelParts, hashNames: options.hashNames },
    store: engineStore({ client, keys, settingsFor }),
    newToken: randomUUID,
    hiddenKey: (token, number) => keys.hidden(`${token}-${number}`),
    entryOf: (published) => publishedEntry(parts, published),
  }

  const storage: Storage = {
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
    pieces: pieces(parts),
    setModified: (key, modified, call) => setModified(parts, key, modified, call),
    restore: (key, call) => restore(parts, key, { ...options.restores, ...call }),
    makeRoot: (key) => makeRoot(parts, key),
    sweep: (keep, call) => sweep(parts, uploadIds(keep), call),
    unfinished: (keep, before) => unfinished(parts, uploadIds(keep), before),
    sealed: sealedUploads(parts, engine),
    ...(checksum !== null && { checksumName: checksumNames[checksum] }),
    async close() {
      await parts.times.settled()
      client.close()
    },
  }
  return options.renamesNatively === true ? withNativeRenames(storage, parts) : storage
}

function uploadIds(tickets: readonly StageTicket[]): ReadonlySet<string> {
  return new Set(tickets.map((ticket) => storesId((readSealedTicket(ticket) ?? readTicket(ticket))?.uploadId ?? '')))
}

function publishedEntry(parts: ObjectStorageParts, published: Published): FileEntry {
  const { key, bytes, stored, modified, hashes, proof } = published
  const entry = storedEntry({
    ...{ key, bytes, version: stored.version },
    hashes: { ...hashes, ...(proof && { [proof.name]: proof.hex }) },
    modified: modified ?? wholeSeconds(stored.modified ?? parts.clock.now()),
  })
  parts.times.note(key, stored.version, modified)
  parts.directories.note(parentKey(key))
  parts.files.note({ entry, storageClass: parts.settingsFor(key).storageClass ?? null })
  parts.recent?.written(entry)
  return { ...entry, ...(proof && { proof }) }
}

async function rename(
  parts: ObjectStorageParts,
  from: ObjectKey,
  { to, ...options }: RenameOptions & { readonly to: ObjectKey },
): Promise<void> {
  refuseHidden(from)
  if (from === rootKey) throw new GatewayError('permission-denied', 'The root stays.')
  if (from === to) return
  if (await renameFile(parts, from, { to, ...options })) return
  if ((await stat(parts, from, { ...options, expect: 'directory' }))?.kind !== 'directory') throw refusal('not-found')
  throw new GatewayError('unsupported', 'A folder is moved object by object.')
}
