import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { permissions, type Permission } from '../../src/accounts/account.ts'
import { isGatewayError } from '../../src/core/errors.ts'
import type { FileTree } from '../../src/files/file-tree.ts'
import type { Storage } from '../../src/storage/contract.ts'
import { walk } from '../../src/storage/walk.ts'
import { at, contentOf, key, mount, namesIn, newStorage, put, readText, scene, testJournal, upload } from './fixture.ts'

type Has = (...wanted: readonly Permission[]) => boolean
type Run = (tree: FileTree) => Promise<unknown>

/** Every subset of the eight permissions. */
const subsets: readonly (readonly Permission[])[] = Array.from({ length: 2 ** permissions.length }, (_, bits) =>
  permissions.filter((_, index) => (bits & (1 << index)) !== 0),
)

async function newStorages(): Promise<Record<'main' | 'archive', Storage>> {
  const [main, archive] = [newStorage(), newStorage()]
  for (const folder of ['d', 'empty']) await main.makeDirectory(key(folder))
  for (const name of ['f', 'g', 'd/f']) await put(main, name, `secret of ${name}`)
  await put(archive, 'f', 'secret archive')
  return { main, archive }
}

const mounts = [mount('/', 'main'), mount('/archive', 'archive', { readOnly: true })]

/** What each operation needs on the tree above, to the letter. `has` asks for all of what it is given. */
const operations: readonly (readonly [string, Run, (has: Has) => boolean])[] = [
  ['CWD', (tree) => tree.enter(at('/d')), () => true],
  ['MLST', (tree) => tree.stat(at('/f')), (has) => has('list') || has('read')],
  ['SIZE', (tree) => tree.size(at('/f')), (has) => has('list') || has('read')],
  ['LIST', (tree) => namesIn(tree, '/d'), (has) => has('list')],
  ['RETR', (tree) => readText(tree, '/f'), (has) => has('read')],
  ['HASH', (tree) => tree.hash(at('/f'), 'MD5'), (has) => has('read')],
  ['STOR new', (tree) => upload(tree, '/new', { text: 'x' }), (has) => has('write')],
  ['STOR old', (tree) => upload(tree, '/f', { text: 'x' }), (has) => has('overwrite')],
  ['STOU', (tree) => upload(tree, '/f', { text: 'x', mode: 'unique' }), (has) => has('write')],
  ['STOU in a folder', (tree) => upload(tree, '/d', { text: 'x', mode: 'unique' }), (has) => has('write')],
  ['APPE new', (tree) => upload(tree, '/new', { text: 'x', mode: 'append' }), (has) => has('write')],
  ['APPE old', (tree) => upload(tree, '/f', { text: 'x', mode: 'append' }), (has) => has('append')],
  ['REST inside, STOR', (tree) => upload(tree, '/f', { text: 'x', start: 3 }), (has) => has('overwrite')],
  ['REST inside, APPE', (tree) => upload(tree, '/f', { mode: 'append', start: 3 }), (has) => has('overwrite')],
  [
    'REST at the end, STOR',
    (tree) => upload(tree, '/f', { text: 'x', start: 11 }),
    (has) => has('append') || has('overwrite'),
  ],
  ['DELE', (tree) => tree.remove(at('/f')), (has) => has('delete')],
  ['RMD', (tree) => tree.removeDirectory(at('/empty')), (has) => has('delete')],
  ['RMDA', (tree) => tree.removeTree(at('/d')), (has) => has('delete')],
  ['RNFR', (tree) => tree.prepareRename(at('/f')), (has) => has('rename')],
  ['RNTO new', (tree) => tree.rename(at('/f'), at('/d/new')), (has) => has('rename')],
  ['RNTO old', (tree) => tree.rename(at('/f'), at('/g')), (has) => has('rename', 'overwrite')],
  ['RNTO of a folder', (tree) => tree.rename(at('/d'), at('/e')), (has) => has('rename')],
  ['MKD', (tree) => tree.makeDirectory(at('/new')), (has) => has('makeDirectory')],
  ['CPTO new', (tree) => tree.copy(at('/f'), at('/new')), (has) => has('read', 'write')],
  ['CPTO old', (tree) => tree.copy(at('/f'), at('/g')), (has) => has('read', 'overwrite')],
  ['CPTO of the archive', (tree) => tree.copy(at('/archive/f'), at('/new')), (has) => has('read', 'write')],
  [
    'MFMT',
    (tree) => tree.setModified(at('/f'), new Date(0)),
    (has) => has('overwrite') || (has('write') && (has('list') || has('read'))),
  ],
  ['STOR into the archive', (tree) => upload(tree, '/archive/new'), () => false],
  ['STOR onto the archive', (tree) => upload(tree, '/archive/f'), () => false],
  ['DELE in the archive', (tree) => tree.remove(at('/archive/f')), () => false],
  ['RNTO into the archive', (tree) => tree.rename(at('/f'), at('/archive/new')), () => false],
]

for (const [name, run, isAllowed] of operations) {
  test(`${name} works with exactly the permissions it needs, of all 256 sets of them`, async () => {
    for (const subset of subsets) {
      const { tree } = scene({ permissions: subset, account: { mounts }, storages: await newStorages() })
      const outcome = await outcomeOf(() => run(tree))
      const expected = isAllowed((...wanted) => wanted.every((each) => subset.includes(each)))
      assert.equal(outcome, expected ? 'done' : 'permission-denied', `with ${subset.join()}`)
    }
  })
}

/** Operations on whatever may be there or not. */
const probes: readonly ((tree: FileTree, path: string) => Promise<unknown>)[] = [
  (tree, path) => tree.stat(at(path)),
  (tree, path) => tree.size(at(path)),
  (tree, path) => tree.list(at(path)),
  (tree, path) => readText(tree, path),
  (tree, path) => tree.hash(at(path), 'CRC32'),
  (tree, path) => upload(tree, path, { text: 'x' }),
  (tree, path) => upload(tree, path, { text: 'x', start: 2 }),
  (tree, path) => upload(tree, path, { text: 'x', start: 99 }),
  (tree, path) => upload(tree, path, { text: 'x', mode: 'append' }),
  (tree, path) => tree.remove(at(path)),
  (tree, path) => tree.removeDirectory(at(path)),
  (tree, path) => tree.removeTree(at(path)),
  (tree, path) => tree.prepareRename(at(path)),
  (tree, path) => tree.rename(at(path), at('/z')),
  (tree, path) => tree.rename(at('/g'), at(path)),
  (tree, path) => tree.copy(at(path), at('/z')),
  (tree, path) => tree.copy(at('/g'), at(path)),
  (tree, path) => tree.makeDirectory(at(path)),
  (tree, path) => tree.setModified(at(path), new Date(0)),
  (tree, path) => tree.setMode(at(path), 0o600),
]

test('who may neither list nor read hears one refusal, whatever is there', async () => {
  for (const subset of subsets.filter((each) => !each.includes('list') && !each.includes('read'))) {
    for (const probe of probes) {
      for (const path of ['/f', '/d', '/empty', '/missing', '/missing/x', '/f/x', '/archive', '/archive/f', '/']) {
        const { tree } = scene({ permissions: subset, account: { mounts }, storages: await newStorages() })
        const outcome = await outcomeOf(() => probe(tree, path))
        assert.ok(outcome === 'done' || outcome === 'permission-denied', `${outcome} for ${path} with ${subset.join()}`)
      }
    }
    const { tree } = scene({ permissions: subset, storages: await newStorages() })
    assert.equal(await outcomeOf(() => tree.enter(at('/f'))), await outcomeOf(() => tree.enter(at('/missing'))))
  }
})

test('a drop box puts new files, and nothing else', async () => {
  const storages = await newStorages()
  const { tree } = scene({ permissions: ['write'], account: { mounts }, storages })
  const before = await contentOf(storages.main)
  await upload(tree, '/d/new', { text: 'delivered' })
  for (const probe of probes) {
    for (const path of ['/f', '/d', '/d/new', '/missing/x', '/archive/f']) {
      await assert.rejects(() => probe(tree, path), { code: 'permission-denied' })
    }
  }
  assert.deepEqual(await contentOf(storages.main), { ...before, 'd/new': 'delivered' })
})

test('a name that two drop boxes want at once goes to one of them', async () => {
  const storages = await newStorages()
  const one = await scene({ permissions: ['write'], storages }).tree.prepareWrite(at('/new'), { mode: 'store' })
  const two = await scene({ permissions: ['write'], storages }).tree.prepareWrite(at('/new'), { mode: 'store' })
  await one.settle('clean')
  await assert.rejects(two.settle('clean'), { code: 'permission-denied' })
})

test('with `overwrite` alone a file that went away meanwhile does not come back', async () => {
  const storages = await newStorages()
  const { tree } = scene({ permissions: ['overwrite'], storages })
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await storages.main.remove(key('f'))
  await assert.rejects(pending.settle('clean'), { code: 'permission-denied' })
  assert.equal(await storages.main.stat(key('f')), null)
})

test('no sequence of operations changes or reveals what the account may not', async () => {
  const path = fc.constantFrom('/f', '/g', '/d', '/d/f', '/d/x', '/empty', '/x', '/archive/f', '/archive/x')
  const step = fc.record({
    run: fc.constantFrom(...actions),
    path,
    other: path,
    verdict: fc.constantFrom('clean', 'cut'),
  })
  const policy = fc.constantFrom('discard', 'resume', 'publish')
  await fc.assert(
    fc.asyncProperty(
      fc.subarray([...permissions]),
      fc.array(step, { maxLength: 12 }),
      policy,
      async (subset, steps, incompleteUploads) => {
        const storages = await newStorages()
        const account = { mounts, incompleteUploads }
        const { tree } = scene({ permissions: subset, account, storages, staged: testJournal() })
        const has: Has = (...wanted) => wanted.some((each) => subset.includes(each))
        for (const { run, path, other, verdict } of steps) {
          const before = await factsOf(storages.main)
          const seen = JSON.stringify((await run(tree, { path, other, verdict }).catch(() => null)) ?? null)
          if (seen.includes('secret of') || seen.includes('secret archive')) assert.ok(has('read'))
          if (seen.includes('NAMES:')) assert.ok(has('list'))
          requireAllowed(before, await factsOf(storages.main), has)
          assert.deepEqual(await contentOf(storages.archive), { f: 'secret archive' })
        }
      },
    ),
    { numRuns: 500 },
  )
})

interface Action {
  readonly path: string
  readonly other: string
  readonly verdict: 'clean' | 'cut'
}

const actions: readonly ((tree: FileTree, action: Action) => Promise<unknown>)[] = [
  (tree, { path, verdict }) => upload(tree, path, { text: 'x', verdict }),
  (tree, { path, verdict }) => upload(tree, path, { text: 'yy', start: 1, verdict }),
  (tree, { path, verdict }) => upload(tree, path, { text: 'yy', start: 11, verdict }),
  (tree, { path, verdict }) => upload(tree, path, { text: 'z', mode: 'append', verdict }),
  (tree, { path, verdict }) => upload(tree, path, { text: 'u', mode: 'unique', verdict }),
  (tree, { path }) => readText(tree, path),
  async (tree, { path }) => `NAMES: ${(await namesIn(tree, path)).join()}`,
  (tree, { path }) => tree.remove(at(path)),
  (tree, { path }) => tree.removeDirectory(at(path)),
  (tree, { path }) => tree.removeTree(at(path)),
  (tree, { path }) => tree.makeDirectory(at(path)),
  (tree, { path, other }) => tree.rename(at(path), at(other)),
  (tree, { path, other }) => tree.copy(at(path), at(other)),
  (tree, { path }) => tree.setMode(at(path), 0o600),
]

interface Fact {
  readonly unique: string
  readonly mode: number | undefined
  /** Null for folders. */
  readonly text: string | null
}

async function factsOf(storage: Storage): Promise<ReadonlyMap<string, Fact>> {
  const facts = new Map<string, Fact>()
  const contents = await contentOf(storage)
  for await (const { key: name, kind, unique, mode } of walk(storage, key(''))) {
    facts.set(name, { unique, mode, text: kind === 'file' ? (contents[name] ?? '') : null })
  }
  return facts
}

/** Each difference between two moments is one that some permission allows. */
function requireAllowed(before: ReadonlyMap<string, Fact>, after: ReadonlyMap<string, Fact>, has: Has): void {
  const movedFrom = new Set([...before.values()].map(({ unique }) => unique))
  for (const [name, old] of before) {
    const now = after.get(name)
    if (now === undefined) assert.ok(has('delete', 'rename'), `${name} went`)
    else if (now.text !== old.text)
      assert.ok(isExtension(old, now) ? has('append', 'overwrite') : has('overwrite'), name)
    else if (now.mode !== old.mode) assert.ok(has('write', 'overwrite'), `the mode of ${name}`)
  }
  for (const [name, now] of after) {
    if (before.has(name)) continue
    if (movedFrom.has(now.unique)) assert.ok(has('rename'), `${name} was moved`)
    else assert.ok(has(now.text === null ? 'makeDirectory' : 'write'), `${name} came`)
  }
}

function isExtension(old: Fact, now: Fact): boolean {
  return old.text !== null && now.text !== null && now.text.startsWith(old.text)
}

async function outcomeOf(task: () => Promise<unknown>): Promise<string> {
  try {
    await task()
    return 'done'
  } catch (error) {
    assert.ok(isGatewayError(error), String(error))
    return error.code
  }
}
