import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { parentKey, rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, FileEntry, RenameOptions, Storage } from '../contract.ts'
import { write } from '../write.ts'
import { refuseHidden } from './bucket-keys.ts'
import { directoryEntry } from './entries.ts'
import { isDirectory, requireParent, statFile } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/**
 * A bucket with real directories, such as COS's with metadata acceleration: one request moves a file or a whole directory.
 * In return the store copies nothing by itself, so copies pass through us, and a time cannot be written later.
 */
export function withNativeRenames(storage: Storage, parts: ObjectStorageParts): Storage {
  const { pieces: _, setModified: __, rename: ___, sealed: ____, ...rest } = storage
  return {
    ...rest,
    rename: (from, to, call) => rename(parts, from, { to, ...call }),
    async copy(from, to, { ifAbsent = false, ...call } = {}) {
      if (from === to) throw new GatewayError('unsupported', 'A file is not copied onto itself here.')
      const file = await storage.read(from, call)
      try {
        const { bytes: declaredBytes, modified } = file.entry
        return await write(storage, to, file.body, { ifAbsent, declaredBytes, modified, ...call })
      } finally {
        await file.close()
      }
    },
  }
}

type Move = RenameOptions & { readonly to: ObjectKey }

async function rename(
  parts: ObjectStorageParts,
  from: ObjectKey,
  { to, ifAbsent = false, ...call }: Move,
): Promise<void> {
  refuseHidden(from)
  if (from === rootKey) throw new GatewayError('permission-denied', 'The root stays.')
  if (from === to) return
  const file = await statFile(parts, from, call)
  if (file === null && !(await isDirectory(parts, from, call))) throw refusal('not-found')
  if (`${to}/`.startsWith(`${from}/`)) throw new GatewayError('is-directory', 'A folder cannot be moved into itself.')
  await requireParent(parts, to, call)
  const mayReplace = file !== null && !ifAbsent
  if (await isDirectory(parts, to, call)) throw file === null ? refusal('already-exists') : refusal('is-directory')
  if (!mayReplace && (await statFile(parts, to, call)) !== null) throw refusal('already-exists')
  try {
    await renameObject(parts, from, { to, mayReplace, ...call })
  } catch (error) {
    // A rename whose answer was lost finds nothing the second time.
    if (!isGatewayError(error, 'not-found') || !(await isMoved(parts, to, { file, ...call }))) throw error
  }
  noteMoved(parts, from, { to, file })
}

/** A directory was not there before; a file is the one that was moved. */
async function isMoved(
  parts: ObjectStorageParts,
  to: ObjectKey,
  { file, ...call }: CallOptions & { readonly file: FileEntry | null },
): Promise<boolean> {
  if (file === null) return isDirectory(parts, to, call)
  return (await statFile(parts, to, call))?.version === file.version
}

interface Renaming extends CallOptions {
  readonly to: ObjectKey
  readonly mayReplace: boolean
}

/** The store does not say whether it replaces. Where it does not, the file in the way goes first: the other is whole. */
async function renameObject(
  { client, keys }: ObjectStorageParts,
  from: ObjectKey,
  { to, mayReplace, ...call }: Renaming,
): Promise<void> {
  const [source, target] = [keys.object(from), keys.object(to)]
  try {
    await client.renameObject(source, target, call)
  } catch (error) {
    if (!mayReplace || !isGatewayError(error, 'already-exists', 'conflict')) throw error
    await client.deleteObject(target, call)
    await client.renameObject(source, target, call)
  }
}

function noteMoved(
  { directories, files, recent, times }: ObjectStorageParts,
  from: ObjectKey,
  { to, file }: { readonly to: ObjectKey; readonly file: FileEntry | null },
): void {
  if (file !== null) times.note(to, file.version, times.of(from, file.version))
  const wasDirectory = directories.has(from)
  directories.forget(from)
  files.forget(from)
  files.forget(to)
  recent?.removed(from)
  directories.note(wasDirectory ? to : parentKey(to))
  if (wasDirectory) recent?.written(directoryEntry(to, times))
}
