import { GatewayError, isGatewayError } from '../core/errors.ts'
import { joinKeys, rootKey, type ObjectKey } from '../core/paths.ts'
import type { DirectoryEntry, Entry, FileEntry, PublishOptions, StagedUpload, Storage } from './contract.ts'
import { PassedOnUpload } from './passed-on-upload.ts'
import type { Pieces } from './pieces.ts'
import { refusal } from './refusal.ts'

/**
 * A view of a storage that sees only what lies below a prefix, with keys that begin there. The prefix itself always counts
 * as a directory: missing, it is empty, and it is made before the first thing is put into it. Capabilities are the inner
 * storage's, but for `sweep`, `unfinished` and `sealed`: staged uploads belong to the storage as a whole. Closing the view closes the storage.
 */
export function prefixed(inner: Storage, prefix: ObjectKey): Storage {
  if (prefix === rootKey) return inner
  const { sweep: _, unfinished: __, sealed: ___, ...shared } = inner
  return { ...shared, ...reading(inner, prefix), ...writing(inner, prefix), ...capabilities(inner, prefix) }
}

function reading(inner: Storage, prefix: ObjectKey): Pick<Storage, 'stat' | 'list' | 'read'> {
  const root: DirectoryEntry = { kind: 'directory', key: rootKey, modified: null, unique: 'root' }
  return {
    async stat(key, options) {
      const entry = await inner.stat(joinKeys(prefix, key), options)
      return entry === null ? (key === rootKey ? root : null) : cut(entry, prefix)
    },
    async list(directory, options) {
      try {
        const page = await inner.list(joinKeys(prefix, directory), options)
        return { ...page, entries: page.entries.map((entry) => cut(entry, prefix)) }
      } catch (error) {
        if (directory === rootKey && isGatewayError(error, 'not-found')) return { entries: [], next: null }
        throw error
      }
    },
    async read(key, options) {
      if (key === rootKey) throw refusal('is-directory')
      const file = await inner.read(joinKeys(prefix, key), options)
      return { ...file, entry: cut(file.entry, prefix) }
    },
  }
}

type Writing = 'stage' | 'restage' | 'copy' | 'remove' | 'makeDirectory' | 'removeDirectory'

function writing(inner: Storage, prefix: ObjectKey): Pick<Storage, Writing> {
  const withRoot = rootMaker(inner, prefix)
  return {
    async stage(key, options) {
      const target = inside(prefix, key, 'is-directory')
      return new UploadBelow(await withRoot(() => inner.stage(target, options)), prefix)
    },
    async restage(ticket, options) {
      // This process may not have made the root yet, and publishing needs it.
      const upload = await withRoot(() => inner.restage(ticket, options))
      return upload && new UploadBelow(upload, prefix)
    },
    async copy(from, to, options) {
      const [source, target] = [inside(prefix, from, 'is-directory'), inside(prefix, to, 'is-directory')]
      return cut(await withRoot(() => inner.copy(source, target, options)), prefix)
    },
    async remove(key, options) {
      await inner.remove(inside(prefix, key, 'is-directory'), options)
    },
    async makeDirectory(key, options) {
      const target = inside(prefix, key, 'already-exists')
      await withRoot(() => inner.makeDirectory(target, options))
    },
    async removeDirectory(key, options) {
      await inner.removeDirectory(inside(prefix, key), options)
    },
  }
}

type Capability = 'rename' | 'pieces' | 'restore' | 'setModified' | 'setMode' | 'makeRoot'

function capabilities(inner: Storage, prefix: ObjectKey): Pick<Storage, Capability> {
  const under = (key: ObjectKey) => joinKeys(prefix, key)
  const { rename, pieces, restore, setModified, setMode, makeRoot } = inner
  return {
    ...(restore && {
      restore: async (key, options) => restore(inside(prefix, key, 'is-directory'), options),
    }),
    ...(pieces && { pieces: piecesBelow(pieces, under) }),
    ...(rename && {
      rename: async (from, to, options) => {
        refuseRoot(from)
        refuseRoot(to, 'already-exists')
        await rename(under(from), under(to), options)
      },
    }),
    ...(setModified && { setModified: (key, modified, options) => setModified(under(key), modified, options) }),
    ...(setMode && { setMode: (key, mode, options) => setMode(under(key), mode, options) }),
    ...(makeRoot && { makeRoot: (key) => makeRoot(under(key)) }),
  }
}

function piecesBelow(pieces: Pieces, under: (key: ObjectKey) => ObjectKey): Pieces {
  return {
    list: (directory, options) => pieces.list(under(directory), options),
    find: (directory, name, options) => pieces.find(under(directory), name, options),
    copy: ({ from, to }, piece, options) => pieces.copy({ from: under(from), to: under(to) }, piece, options),
    remove: (directory, gone, options) => pieces.remove(under(directory), gone, options),
  }
}

type Refusal = 'is-directory' | 'already-exists' | 'permission-denied'

/** The view's own root can be neither made, moved, replaced nor removed through the view. */
function refuseRoot(key: ObjectKey, code: Refusal = 'permission-denied'): void {
  if (key === rootKey) throw new GatewayError(code, 'The root folder stays as it is.')
}

function inside(prefix: ObjectKey, key: ObjectKey, code?: Refusal): ObjectKey {
  refuseRoot(key, code)
  return joinKeys(prefix, key)
}

/** Runs a call that needs the root: made before the first one, and again when somebody has removed it since. */
function rootMaker(inner: Storage, prefix: ObjectKey): <T>(call: () => Promise<T>) => Promise<T> {
  const { makeRoot } = inner
  if (makeRoot === undefined) return (call) => call()
  let isMade = false
  return async (call) => {
    const wasMade = isMade
    if (!wasMade) await makeRoot(prefix)
    isMade = true
    try {
      return await call()
    } catch (error) {
      if (!wasMade || !isGatewayError(error, 'not-found')) throw error
    }
    await makeRoot(prefix)
    return await call()
  }
}

/** An upload as the view shows it. */
class UploadBelow extends PassedOnUpload {
  readonly #prefix: ObjectKey

  constructor(upload: StagedUpload, prefix: ObjectKey) {
    super(upload)
    this.#prefix = prefix
  }

  override async publish({ as, ...options }: PublishOptions = {}): Promise<FileEntry> {
    const target = as === undefined ? {} : { as: inside(this.#prefix, as, 'is-directory') }
    return cut(await super.publish({ ...options, ...target }), this.#prefix)
  }
}

function cut<E extends Entry>(entry: E, prefix: ObjectKey): E {
  return { ...entry, key: entry.key.slice(prefix.length + 1) }
}
