import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { parentKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, CopyOptions, ReadOptions, RenameOptions, Storage } from '../../storage/contract.ts'
import { inDirectory, noteStored, requireNoFile, waitingAt, waitingBelow, type WaitingContext } from './context.ts'
import { asTold, list, stat } from './looking.ts'
import { piecesOf } from './pieces.ts'
import { divertWaiting, dropWaiting, materialize, publishWaiting } from './settling.ts'
import { restage, stage } from './staging.ts'
import { refusal } from '../../storage/refusal.ts'

/**
 * A storage as one account sees it whose uploads under temporary names wait for their rename: unseen by all others, and
 * published without a copy when they are given the name that was foreseen.
 */
export function waitingStorage(context: WaitingContext): Storage {
  const { inner } = context
  const { sealed: _, ...shown } = inner
  const { setModified, makeRoot, pieces, restore } = inner
  return {
    ...shown,
    stat: (key, call) => stat(context, key, call),
    list: (directory, call) => list(context, directory, call),
    read: (key, call) => read(context, key, call),
    stage: (key, call) => stage(context, key, call),
    restage: (ticket, call) => restage(context, ticket, call),
    copy: (from, to, call) => copy(context, from, { to, ...call }),
    remove: (key, call) => remove(context, key, call),
    async makeDirectory(key, call) {
      if ((await waitingAt(context, key)) !== null) throw refusal('already-exists')
      await inDirectory(context, parentKey(key), () => inner.makeDirectory(key, call))
    },
    async removeDirectory(key, call) {
      if ((await waitingBelow(context, key)).length > 0) throw refusal('directory-not-empty')
      await inDirectory(context, key, () => inner.removeDirectory(key, call))
    },
    ...(pieces && { pieces: piecesOf(context, pieces) }),
    ...(restore && {
      async restore(key, call) {
        await materialize(context, key, call)
        return await restore(key, call)
      },
    }),
    ...(makeRoot && {
      async makeRoot(key) {
        await requireNoFile(context, key)
        await makeRoot(key)
      },
    }),
    rename: (from, to, call) => rename(context, from, { to, ...call }),
    ...(setModified && {
      async setModified(key, modified, call) {
        const upload = await waitingAt(context, key)
        if (upload === null) await setModified(key, modified, call)
        else await context.waiting.setModified(upload.id, modified)
      },
    }),
  }
}

async function read(context: WaitingContext, key: ObjectKey, options: ReadOptions = {}) {
  await materialize(context, key, options)
  const { ifVersion } = options
  const version = ifVersion === undefined ? undefined : (context.versions.storedOf(ifVersion) ?? ifVersion)
  const file = await context.inner.read(key, { ...options, ...(version !== undefined && { ifVersion: version }) })
  return { ...file, entry: asTold(context, file.entry) }
}

async function copy(
  context: WaitingContext,
  from: ObjectKey,
  { to, ...options }: CopyOptions & { readonly to: ObjectKey },
) {
  await materialize(context, from, options)
  if (options.ifAbsent === true && (await waitingAt(context, to)) !== null) throw refusal('already-exists')
  const entry = await context.inner.copy(from, to, options)
  noteStored(context, to)
  await dropWaiting(context, to)
  return entry
}

/** With what waits goes what it has hidden: the name is free then. */
async function remove(context: WaitingContext, key: ObjectKey, options?: CallOptions): Promise<void> {
  const isGone = await dropWaiting(context, key)
  try {
    await context.inner.remove(key, options)
  } catch (error) {
    if (!isGone || !isGatewayError(error, 'not-found', 'is-directory')) throw error
  }
}

async function rename(
  context: WaitingContext,
  from: ObjectKey,
  { to, ...options }: RenameOptions & { readonly to: ObjectKey },
): Promise<void> {
  const { inner } = context
  if (from === to && (await waitingAt(context, from)) !== null) return
  const upload = await waitingAt(context, from)
  if (options.ifAbsent === true && (await waitingAt(context, to)) !== null) throw refusal('already-exists')
  if (upload === null) {
    // Of files alone: directories go piece by piece.
    if (inner.rename === undefined || inner.pieces === undefined)
      throw new GatewayError('unsupported', 'The storage cannot rename.')
    await inner.rename(from, to, options)
  } else if (to === upload.finalKey) await publishWaiting(context, upload, options)
  else await divertWaiting(context, upload, { to, ...options })
  noteStored(context, to)
  await dropWaiting(context, to)
}
