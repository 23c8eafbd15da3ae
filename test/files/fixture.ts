import type { Account, Permission } from '../../src/accounts/account.ts'
import { permissions } from '../../src/accounts/account.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { resolvePath, rootPath, type ObjectKey, type VirtualPath } from '../../src/core/paths.ts'
import type { Verdict } from '../../src/core/verdict.ts'
import type { FileTree, WriteOptions } from '../../src/files/file-tree.ts'
import { openFileTree } from '../../src/files/open-file-tree.ts'
import { hashCache, type HashCache } from '../../src/files/hash-cache.ts'
import type { QuotaLedger } from '../../src/files/quota.ts'
import { ownBrokenUploads, type BrokenUploads } from '../../src/state/broken-uploads.ts'
import type { StagedUploadRecord, StagedUploads } from '../../src/state/staged-uploads.ts'
import type { WaitingUploads } from '../../src/state/waiting-uploads.ts'
import type { Storage } from '../../src/storage/contract.ts'
import type { Trees } from '../../src/files/view.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { walk } from '../../src/storage/walk.ts'
import { write } from '../../src/storage/write.ts'
import { turnedClock } from '../helpers/turned-clock.ts'
import { testTrees } from './tree/test-trees.ts'
import { waitingUploads } from '../helpers/waiting-uploads.ts'

export const at = (text: string): VirtualPath => resolvePath(rootPath, text)
export const key = (text: string): ObjectKey => text as ObjectKey
export const clock = turnedClock()
export const newStorage = (): Storage => memoryStorage(clock)

/** A storage that cannot do some of what others can. */
export function without(storage: Storage, ...capabilities: readonly (keyof Storage)[]): Storage {
  return { ...storage, ...Object.fromEntries(capabilities.map((name) => [name, undefined])) }
}

export interface Scene {
  readonly tree: FileTree
  readonly storages: ReadonlyMap<string, Storage>
  readonly staged: TestJournal
  readonly quota: TestLedger
  readonly waiting: WaitingUploads
}

export interface SceneOptions {
  readonly account?: Partial<Omit<Account, 'permissions'>>
  readonly permissions?: readonly Permission[]
  readonly storages?: Readonly<Record<string, Storage>>
  readonly staged?: TestJournal
  readonly waiting?: WaitingUploads
  readonly quota?: TestLedger
  readonly trees?: Trees
  readonly broken?: BrokenUploads
  readonly hashes?: HashCache
}

/** A tree over one memory storage at the root, unless told otherwise; everything is allowed. */
export function scene(options: SceneOptions = {}): Scene {
  const storages = new Map(Object.entries(options.storages ?? { main: newStorage() }))
  const staged = options.staged ?? testJournal()
  const quota = options.quota ?? testLedger()
  const waiting = options.waiting ?? waitingUploads(clock)
  const account = testAccount(options)
  const { trees = testTrees(), broken = ownBrokenUploads(), hashes = hashCache(100) } = options
  const tree = openFileTree({
    account,
    storages,
    staged,
    waiting,
    quota,
    trees,
    broken,
    hashes,
    logger: silentLogger,
    clock,
  })
  return { tree, storages, staged, waiting, quota }
}

export function mount(path: string, storage: string, more: { prefix?: string; readOnly?: boolean } = {}) {
  return { path: at(path), storage, prefix: '', readOnly: false, ...more }
}

function testAccount(options: SceneOptions): Account {
  return {
    name: 'ann',
    passwordHash: null,
    enabled: true,
    mounts: [mount('/', 'main')],
    home: rootPath,
    incompleteUploads: 'discard',
    temporaryNames: [],
    mostWaiting: 1000,
    maxFileBytes: null,
    quotaBytes: null,
    bandwidth: { upload: null, download: null },
    sessions: null,
    expires: null,
    allowedNetworks: [],
    requireTls: false,
    ascii: 'binary',
    charset: null,
    uploadEnd: null,
    makeParents: false,
    backslashIsSlash: false,
    ...options.account,
    permissions: new Set(options.permissions ?? permissions),
  }
}

/** Chunks that are overwritten as soon as the next is asked for: who keeps one is found out. */
export async function* lent(...pieces: readonly string[]): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) {
    const chunk = Buffer.from(piece)
    yield chunk
    chunk.fill(0x23)
  }
}

/** What is sent, until it breaks off. */
export async function* broken(...pieces: readonly string[]): AsyncGenerator<Uint8Array, void> {
  yield* lent(...pieces)
  throw new Error('the connection broke')
}

/** Uploads a text and settles it. */
export async function upload(
  tree: FileTree,
  path: string,
  { text = '', verdict = 'clean', ...options }: Partial<WriteOptions> & { text?: string; verdict?: Verdict } = {},
) {
  const pending = await tree.prepareWrite(at(path), { mode: 'store', ...options })
  try {
    await pending.append(lent(text))
  } catch (error) {
    await pending.settle('rejected')
    throw error
  }
  return pending.settle(verdict)
}

export async function put(storage: Storage, name: string, text: string): Promise<void> {
  await write(storage, key(name), lent(text))
}

/** All of a storage, folders with a slash behind. */
export async function contentOf(storage: Storage): Promise<Record<string, string>> {
  const result: Record<string, string> = {}
  for await (const entry of walk(storage, key(''))) {
    if (entry.kind === 'directory') result[`${entry.key}/`] = ''
    else result[entry.key] = await textOf((await storage.read(entry.key)).body)
  }
  return result
}

export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString()
  return text
}

export async function readText(tree: FileTree, path: string, range: { start?: number; end?: number } = {}) {
  const file = await tree.read(at(path), range)
  try {
    return await textOf(file.body)
  } finally {
    await file.close()
  }
}

export async function namesIn(tree: FileTree, path: string): Promise<readonly string[]> {
  const names: string[] = []
  for await (const page of (await tree.list(at(path))).pages) {
    names.push(...page.map(({ name, kind }) => (kind === 'directory' ? `${name}/` : name)))
  }
  return names
}

/** How many uploads a storage still holds that no journal knows of. */
export async function leftStaged(storage: Storage, staged: TestJournal): Promise<number> {
  return (await storage.sweep?.(staged.all().map(({ ticket }) => ticket))) ?? 0
}

export interface TestJournal extends StagedUploads {
  all(...filter: Parameters<StagedUploads['all']>): readonly StagedUploadRecord[]
  /** Every upload that somebody runs becomes a kept one, as after a restart. */
  restart(): void
}

export function testJournal(): TestJournal {
  const records = new Map<string, StagedUploadRecord & { readonly wasKept: boolean }>()
  let lastId = 0
  const newestFirst = () => [...records.values()].reverse()
  const update = (id: string, change: Partial<StagedUploadRecord> & { readonly wasKept?: boolean }) => {
    const record = records.get(id)
    if (record === undefined) return null
    const changed = { ...record, ...change }
    // The one touched last is the newest.
    records.delete(id)
    records.set(id, changed)
    return changed
  }
  return {
    add(record) {
      const id = String(++lastId)
      const now = clock.now()
      records.set(id, { ...record, id, createdAt: now, touchedAt: now, isKept: false, wasKept: false })
      return id
    },
    find: (account, path) =>
      newestFirst().find((record) => record.account === account && record.path === path && record.wasKept) ?? null,
    claim: (id) => (records.get(id)?.isKept === true ? update(id, { isKept: false }) : null),
    keep(id, ticket) {
      update(id, { ticket, isKept: true, wasKept: true })
    },
    update(id, ticket) {
      update(id, { ticket })
    },
    remove(id) {
      records.delete(id)
    },
    all: ({ before } = {}) =>
      [...records.values()].filter(({ touchedAt }) => before === undefined || touchedAt < before),
    restart() {
      const ids = [...records.keys()]
      for (const id of ids) update(id, { isKept: true, wasKept: true })
    },
  }
}

export interface TestLedger extends QuotaLedger {
  readonly bytes: number | null
}

export function testLedger(): TestLedger {
  let used: number | null = null
  return {
    get bytes() {
      return used
    },
    usage: () => used,
    measured(_, bytes) {
      used ??= bytes
    },
    reserve(_, bytes, limitBytes) {
      if ((used ?? 0) + bytes > limitBytes) return false
      used = (used ?? 0) + bytes
      return true
    },
    adjust(_, bytes) {
      if (used !== null) used = Math.max(0, used + bytes)
    },
  }
}
