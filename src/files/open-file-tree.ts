import type { Account } from '../accounts/account.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { VirtualPath } from '../core/paths.ts'
import { ownBrokenUploads, type BrokenUploads } from '../state/broken-uploads.ts'
import type { StagedUploads } from '../state/staged-uploads.ts'
import type { WaitingUploads } from '../state/waiting-uploads.ts'
import type { Storage } from '../storage/contract.ts'
import { announcedTimes } from './announced-times.ts'
import { availableBytes, setMode, setModified } from './attributes.ts'
import { entryStyle } from './entries.ts'
import type { FileTree } from './file-tree.ts'
import { makeFolder, removeFile, removeFolder, removeTree } from './folders.ts'
import { hashFile } from './hash.ts'
import { hashCache, type HashCache } from './hash-cache.ts'
import { listFolder } from './listing.ts'
import { describeEntry, enterFolder, fileSize, openFile, statEntry } from './look.ts'
import { measureUsage } from './measure-usage.ts'
import { mountTable, type Place } from './mounts.ts'
import { isBlind, rightsAt } from './permissions.ts'
import { accountQuota, type QuotaLedger } from './quota.ts'
import { copyFile, prepareRename, rename } from './relocate.ts'
import { restoreFile } from './restore.ts'
import { allKeptBytes } from './upload/kept.ts'
import { prepareWrite } from './upload/prepare-write.ts'
import { requireUnheld } from './tree/held-folders.ts'
import { naming, veiled, type Trees, type View } from './view.ts'
import { waitingContext, type WaitingContext } from './waiting/context.ts'
import { finalKeyOf } from './waiting/temporary-names.ts'
import { waitingStorage } from './waiting/waiting-storage.ts'

export interface FileTreeOptions {
  readonly account: Account
  /** By their names in the configuration. The tree does not close them. */
  readonly storages: ReadonlyMap<string, Storage>
  readonly staged: StagedUploads
  readonly waiting: WaitingUploads
  readonly quota: QuotaLedger
  readonly trees: Trees
  readonly logger: Logger
  readonly clock: Clock
  /** Shared by many trees, or one for this tree alone. */
  readonly hashes?: HashCache
  /** The same. */
  readonly broken?: BrokenUploads
}

/** What one account sees and may do. Opens nothing by itself, and has nothing to close. */
export function openFileTree(options: FileTreeOptions): FileTree {
  const view = viewOf(options)
  const runTwo = <T>(path: VirtualPath, task: () => Promise<T>) => veiled(view, path, task)
  const run = <T>(path: VirtualPath, task: () => Promise<T>) => runTwo(path, () => naming(path, task))
  const unheld = async <T>(path: VirtualPath, task: () => Promise<T>) => {
    await requireUnheld(view, path)
    return task()
  }
  const change = <T>(path: VirtualPath, task: () => Promise<T>) => run(path, () => unheld(path, task))
  return {
    account: options.account,
    stat: (path, call = {}) => run(path, () => statEntry(view, path, call)),
    describe: (path, call = {}) => run(path, () => describeEntry(view, path, call)),
    enter: (path, call = {}) => run(path, () => enterFolder(view, path, call)),
    size: (path, call = {}) => run(path, () => fileSize(view, path, call)),
    list: (path, call = {}) => run(path, () => listFolder(view, path, call)),
    read: (path, call = {}) => run(path, () => openFile(view, path, call)),
    prepareWrite: (path, call = { mode: 'store' }) => change(path, () => prepareWrite(view, path, call)),
    remove: (path, call = {}) => change(path, () => removeFile(view, path, call)),
    makeDirectory: (path, call = {}) => change(path, () => makeFolder(view, path, call)),
    removeDirectory: (path, call = {}) => change(path, () => removeFolder(view, path, call)),
    removeTree: (path, call = {}) => run(path, () => removeTree(view, path, call)),
    prepareRename: (path, call = {}) => run(path, () => prepareRename(view, path, call)),
    rename: (from, to, call = {}) => runTwo(from, () => rename(view, from, { to, ...call })),
    copy: (from, to, call = {}) => runTwo(from, () => unheld(to, () => copyFile(view, from, { to, ...call }))),
    setModified: (path, modified, call = {}) => run(path, () => setModified(view, path, { modified, ...call })),
    setMode: (path, mode, call = {}) => run(path, () => setMode(view, path, { mode, ...call })),
    restore: (path, call = {}) => run(path, () => restoreFile(view, path, call)),
    availableBytes: (path, call = {}) => run(path, () => availableBytes(view, path, call)),
    hash: (path, algorithm, call = {}) => run(path, () => hashFile(view, path, { algorithm, ...call })),
  }
}

/** Hashes kept for a tree that shares no cache. */
const ownHashes = 64
/** Times kept for files that have not come yet. */
const mostAnnounced = 1000

/** What this account's uploads wait in for their rename, by the names of the storages. */
function waitingIn({
  account,
  storages,
  waiting,
  logger,
  clock,
}: FileTreeOptions): ReadonlyMap<string, WaitingContext> {
  // Who may not rename leaves files under the names they come with.
  const patterns = account.permissions.has('rename') ? account.temporaryNames : []
  const names = { finalKeyOf: finalKeyOf(patterns), most: account.mostWaiting }
  const shared = { account: account.name, waiting, logger, clock, ...names }
  const contexts = new Map<string, WaitingContext>()
  for (const [storage, inner] of storages) {
    const context = waitingContext(inner, { ...shared, storage })
    if (context !== null) contexts.set(storage, context)
  }
  return contexts
}

function viewOf(options: FileTreeOptions): View {
  const { account, staged, quota, trees, logger, clock, hashes, broken } = options
  const waiting = waitingIn(options)
  const storages = [...waiting].map(([name, context]) => [name, waitingStorage(context)] as const)
  const table = mountTable(account.mounts, new Map([...options.storages, ...storages]))
  const lookingOnly = rightsAt({ mount: null }, account.permissions)
  const styles = { full: entryStyle(account.permissions), lookingOnly: entryStyle(lookingOnly) }
  const isOpen = ({ mount }: Place) => mount !== null && !mount.isReadOnly
  const view: View = {
    account,
    table,
    rightsAt: (place) => (isOpen(place) ? account.permissions : lookingOnly),
    styleAt: (place) => (isOpen(place) ? styles.full : styles.lookingOnly),
    isBlind: isBlind(account.permissions),
    quota: accountQuota({
      account: account.name,
      limitBytes: account.quotaBytes,
      ledger: quota,
      measure: async () => (await measureUsage(table.mounts)) + (await allKeptBytes(view)),
    }),
    staged,
    broken: broken ?? ownBrokenUploads(),
    waiting,
    trees,
    hashes: hashes ?? hashCache(ownHashes),
    announced: announcedTimes(mostAnnounced),
    logger,
    clock,
  }
  return view
}
