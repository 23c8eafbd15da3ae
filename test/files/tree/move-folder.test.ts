import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { GatewayError } from '../../../src/core/errors.ts'
import { runTree } from '../../../src/files/tree/run-tree.ts'
import type { TreeProgress } from '../../../src/files/tree/tree-progress.ts'
import type { Storage } from '../../../src/storage/contract.ts'
import type { Pieces } from '../../../src/storage/pieces.ts'
import type { ObjectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { openBucket } from '../../storage/object-storage/open-bucket.ts'
import { at, clock, leftStaged, mount, scene, testJournal, testLedger, upload, type SceneOptions } from '../fixture.ts'
import { testTrees } from './test-trees.ts'

const old = new Date(Date.now() - 3_600_000)

/** An object that others have put there, an hour ago. */
function object(text: string) {
  return { body: Buffer.from(text), etag: `etag-${text}`, modified: old, headers: {}, crc: null }
}

interface Opened {
  readonly double: ObjectStoreDouble
  readonly storage: Storage
  readonly trees: ReturnType<typeof testTrees>
  readonly tree: ReturnType<typeof scene>['tree']
  readonly pieces: Pieces
}

/** A bucket with a folder `a` of some files, with and without markers, and neighbours that look like it. */
async function open(t: TestContext, options: SceneOptions & { readonly files?: number } = {}): Promise<Opened> {
  const { double, storage } = await openBucket(t)
  const { files = 7, ...facts } = options
  for (const key of ['a/', 'a/sub/', 'a/empty/', 'a-/x', 'a.txt']) double.bucket.objects.set(key, object(''))
  for (let i = 0; i < files; i++) double.bucket.objects.set(`a/sub/f${String(i).padStart(5, '0')}`, object(`text ${i}`))
  const trees = testTrees()
  const { pieces } = storage
  assert.ok(pieces)
  return { double, storage, trees, pieces, ...scene({ ...facts, storages: { main: storage }, trees }) }
}

/** Contents by key. */
function held({ double }: Opened): Record<string, string> {
  return Object.fromEntries([...double.bucket.objects].map(([key, { body }]) => [key, body.toString()]))
}

const moved = (content: Record<string, string>) =>
  Object.fromEntries(Object.entries(content).map(([key, text]) => [key.replace(/^a\//, 'b/'), text]))

const run = (opened: Opened, facts: Partial<Parameters<typeof runTree>[1]> = {}) => ({
  ...{ pieces: opened.pieces, operations: opened.trees.operations, clock, parallel: 3, retryMilliseconds: 1 },
  ...{ onRemoved: () => {} },
  ...facts,
})

test('a folder is renamed with all below it, at the price of a copy for each file and a delete for each page', async (t) => {
  const opened = await open(t, { files: 5000 })
  const before = held(opened)
  const from = opened.double.requests.length
  const told: TreeProgress[] = []
  await opened.tree.rename(at('/a'), at('/b'), { progress: (progress) => told.push(progress) })
  assert.deepEqual(held(opened), moved(before))
  const count = Map.groupBy(opened.double.requests.slice(from), ({ op }) => op)
  const of = (op: string) => count.get(op)?.length ?? 0
  assert.equal(of('CopyObject'), 5000)
  assert.equal(of('PutObject'), 3)
  assert.equal(of('DeleteObjects'), 6)
  // Counted, copied, compared on both sides, and looked at once more at the end.
  assert.ok(of('ListObjects') <= 4 * 6 + 6, `${of('ListObjects')} listings`)
  assert.ok(of('HeadObject') <= 4, `${of('HeadObject')} looks`)
  assert.deepEqual(told.at(-1), { phase: 'removing', done: 5003, total: 5003 })
  assert.ok(told.some(({ phase, done }) => phase === 'copying' && done === 1200))
  assert.equal(opened.trees.operations.records.size, 0)
})

test('metadata and class go along, and what a listing does not show', async (t) => {
  const opened = await open(t)
  const headers = { 'content-type': 'image/png', 'x-amz-meta-own': 'kept', 'x-amz-storage-class': 'STANDARD_IA' }
  opened.double.bucket.objects.set('a/odd//name', { ...object('odd'), headers })
  await opened.tree.rename(at('/a'), at('/b'))
  assert.deepEqual(opened.double.bucket.objects.get('b/odd//name')?.headers, headers)
  assert.deepEqual(
    [...opened.double.bucket.objects.keys()].filter((key) => key.startsWith('a/')),
    [],
  )
})

test('a rename into itself, onto something, into a missing folder, or of too much changes nothing', async (t) => {
  const opened = await open(t)
  const before = held(opened)
  const { tree } = opened
  await assert.rejects(tree.rename(at('/a'), at('/a/sub/b')), { code: 'is-directory' })
  await assert.rejects(tree.rename(at('/a'), at('/a-')), { code: 'already-exists' })
  await assert.rejects(tree.rename(at('/a'), at('/a.txt')), { code: 'already-exists' })
  await assert.rejects(tree.rename(at('/a'), at('/missing/b')), { code: 'not-found' })
  await assert.rejects(tree.rename(at('/a'), at('/a.txt/b')), { code: 'not-directory' })
  const few = scene({ storages: { main: opened.storage }, trees: testTrees({ mostMoved: 9 }) }).tree
  await assert.rejects(few.rename(at('/a'), at('/b')), { code: 'unsupported' })
  assert.deepEqual(held(opened), before)
  assert.equal(opened.trees.operations.records.size, 0)
})

test('a folder moves between two mounts of one storage', async (t) => {
  const opened = await open(t)
  const before = held(opened)
  const mounts = [mount('/1', 'main', { prefix: 'a' }), mount('/2', 'main', { prefix: 'z' })]
  const { tree } = scene({ account: { mounts }, storages: { main: opened.storage } })
  await tree.rename(at('/1/sub'), at('/2/b'))
  const wanted = Object.entries(before).map(([key, text]) => [key.replace(/^a\/sub/, 'z/b'), text])
  assert.deepEqual(held(opened), Object.fromEntries(wanted))
})

class Crash extends Error {}

/** After so many calls the process is gone: nothing it does has any effect from then on. */
function crashing(opened: Opened, steps: number, when: 'before' | 'after') {
  let left = steps
  const guard =
    <Arguments extends readonly unknown[], Result>(call: (...given: Arguments) => Promise<Result> | Result) =>
    async (...given: Arguments): Promise<Result> => {
      left--
      if (left < 0 || (left === 0 && when === 'before')) throw new Crash()
      const result = await call(...given)
      if (left <= 0) throw new Crash()
      return result
    }
  const { pieces, trees } = opened
  const { operations } = trees
  return {
    get wasReached() {
      return left <= 0
    },
    pieces: {
      list: guard(pieces.list),
      find: guard(pieces.find),
      copy: guard(pieces.copy),
      remove: guard(pieces.remove),
    },
    operations: {
      ...operations,
      progress: guard(operations.progress),
      release: guard(operations.release),
      finish: guard(operations.finish),
    },
  }
}

async function begun(opened: Opened, target: string | null) {
  const record = await opened.trees.operations.begin({
    ...{ account: 'ann', storage: 'main', source: 'a', target, total: 10 },
    ...{ sourcePath: '/a', targetPath: target === null ? null : `/${target}` },
  })
  assert.ok(record)
  return record
}

for (const when of ['before', 'after'] as const) {
  test(`killed ${when} any step, a rename has lost nothing, and what goes on later ends it`, async (t) => {
    for (let steps = 1; ; steps++) {
      const opened = await open(t)
      const before = held(opened)
      const record = await begun(opened, 'b')
      const crash = crashing(opened, steps, when)
      const isDone = await runTree(record, run(opened, { ...crash })).then(
        () => true,
        () => false,
      )
      const there = held(opened)
      for (const [key, text] of Object.entries(before))
        assert.ok(there[key] === text || there[key.replace(/^a\//, 'b/')] === text, `step ${steps}: ${key} is nowhere`)
      opened.trees.operations.restart()
      const claimed = await opened.trees.operations.claim(record.id)
      if (claimed !== null) await runTree(claimed, run(opened))
      assert.deepEqual(held(opened), moved(before), `step ${steps}`)
      assert.equal(opened.trees.operations.records.size, 0)
      if (isDone && !crash.wasReached) return assert.ok(steps >= 20, `${steps} steps`)
    }
  })

  test(`killed ${when} any step, a removal takes nothing else, and what goes on later ends it`, async (t) => {
    for (let steps = 1; ; steps++) {
      const opened = await open(t)
      const record = await begun(opened, null)
      const crash = crashing(opened, steps, when)
      const isDone = await runTree(record, run(opened, { ...crash })).then(
        () => true,
        () => false,
      )
      opened.trees.operations.restart()
      const claimed = await opened.trees.operations.claim(record.id)
      if (claimed !== null) await runTree(claimed, run(opened))
      assert.deepEqual(held(opened), { 'a-/x': '', 'a.txt': '' }, `step ${steps}`)
      if (isDone && !crash.wasReached) return assert.ok(steps > 2)
    }
  })
}

test('killed at any step while it puts things back, a rename has lost nothing, and all is as it was in the end', async (t) => {
  const cold = { op: 'CopyObject', key: 'b/sub/f00006' }
  for (let steps = 8; ; steps++) {
    const opened = await open(t)
    opened.double.rules.add({ ...cold, fault: { kind: 'error', status: 403, code: 'InvalidObjectState' } })
    const before = held(opened)
    const record = await begun(opened, 'b')
    const crash = crashing(opened, steps, 'after')
    await assert.rejects(runTree(record, run(opened, { ...crash })))
    const there = held(opened)
    for (const [key, text] of Object.entries(before)) assert.equal(there[key], text, `step ${steps}: ${key}`)
    opened.trees.operations.restart()
    const claimed = await opened.trees.operations.claim(record.id)
    if (claimed !== null) await assert.rejects(runTree(claimed, run(opened)))
    assert.deepEqual(held(opened), before, `step ${steps}`)
    assert.equal(opened.trees.operations.records.size, 0)
    if (!crash.wasReached) return assert.ok(steps >= 18, `${steps} steps`)
  }
})

test('ABOR while files are copied puts everything back; once all are copied the rename is finished', async (t) => {
  const early = await open(t)
  const before = held(early)
  const stopAt = (phase: TreeProgress['phase'], least: number) => {
    const stop = new AbortController()
    const progress = (now: TreeProgress) => {
      if (now.phase === phase && now.done >= least) stop.abort(new GatewayError('aborted', 'Transfer aborted.'))
    }
    return { signal: stop.signal, progress }
  }
  await assert.rejects(early.tree.rename(at('/a'), at('/b'), stopAt('copying', 3)), {
    ...{ code: 'aborted', message: '/a: It was not renamed; all is as it was.' },
  })
  assert.deepEqual(held(early), before)
  assert.equal(early.trees.operations.records.size, 0)
  const late = await open(t)
  await late.tree.rename(at('/a'), at('/b'), stopAt('removing', 1))
  assert.deepEqual(held(late), moved(before))
})

test('a file that the store does not copy puts everything back', async (t) => {
  const opened = await open(t)
  const headers = { 'x-amz-storage-class': 'DEEP_ARCHIVE' }
  opened.double.bucket.objects.set('a/sub/f00004', { ...object('cold'), headers })
  const before = held(opened)
  await assert.rejects(opened.tree.rename(at('/a'), at('/b')), { code: 'conflict' })
  assert.deepEqual(held(opened), before)
  assert.equal(opened.trees.operations.records.size, 0)
})

test('a session that goes away, and a store that does, leave the rename to whoever comes next', async (t) => {
  const opened = await open(t)
  const before = held(opened)
  const stop = new AbortController()
  const lost = new GatewayError('data-connection-lost', 'The control connection is gone.')
  const progress = ({ done }: TreeProgress) => void (done === 3 && stop.abort(lost))
  await assert.rejects(opened.tree.rename(at('/a'), at('/b'), { signal: stop.signal, progress }), {
    code: 'data-connection-lost',
  })
  const [left] = await opened.trees.operations.due()
  assert.ok(left)
  await assert.rejects(opened.tree.rename(at('/a'), at('/c')), { code: 'too-busy' })
  opened.double.rules.add({ op: 'CopyObject', fault: { kind: 'error', status: 500, code: 'InternalError' } })
  await assert.rejects(opened.tree.rename(at('/a'), at('/b')), {
    ...{ code: 'unavailable', message: '/a: Not all is renamed yet; it goes on by itself.' },
  })
  opened.double.rules.clear()
  // Asked for again, it goes on where it was.
  await opened.tree.rename(at('/a'), at('/b'))
  assert.deepEqual(held(opened), moved(before))
  assert.equal(opened.trees.operations.records.size, 0)
})

test('what is put into the folder while it is moved goes along, or stays; nothing is lost', async (t) => {
  const opened = await open(t)
  const before = held(opened)
  const put = (key: string, text: string) =>
    opened.double.bucket.objects.set(key, { ...object(text), modified: new Date() })
  const record = await begun(opened, 'b')
  await runTree(
    record,
    run(opened, {
      onProgress: ({ phase, done }) => {
        if (phase !== 'copying' || done !== 10) return
        put('a/sub/f00000', 'new content, of another length')
        put('a/sub/f00001', 'TEXT 1')
        put('a/late', 'late')
      },
    }),
  )
  const wanted = {
    ...moved(before),
    'b/sub/f00000': 'new content, of another length',
    'b/sub/f00001': 'TEXT 1',
    'b/late': 'late',
  }
  assert.deepEqual(held(opened), wanted)
})

test('what is changed between the last look and the delete is not deleted, where the store can compare', async (t) => {
  const opened = await open(t)
  const record = await begun(opened, 'b')
  let isChanged = false
  const pieces: Pieces = {
    ...opened.pieces,
    async remove(directory, gone, options) {
      if (!isChanged) opened.double.bucket.objects.set('a/sub/f00002', { ...object('newest'), modified: new Date() })
      isChanged = true
      return opened.pieces.remove(directory, gone, options)
    },
  }
  await runTree(record, run(opened, { pieces }))
  assert.equal(held(opened)['b/sub/f00002'], 'newest')
  assert.equal(held(opened)['a/sub/f00002'], undefined)
})

test('while a folder is moved or removed nobody changes anything in it, or above it', async (t) => {
  const opened = await open(t)
  await begun(opened, 'b')
  const { tree } = opened
  const busy = { code: 'too-busy' }
  await assert.rejects(tree.prepareWrite(at('/a/sub/new'), { mode: 'store' }), busy)
  await assert.rejects(tree.prepareWrite(at('/b/new'), { mode: 'store' }), busy)
  await assert.rejects(tree.remove(at('/a/sub/f00001')), busy)
  await assert.rejects(tree.makeDirectory(at('/a/x')), busy)
  await assert.rejects(tree.removeDirectory(at('/a/empty')), busy)
  await assert.rejects(tree.removeTree(at('/a')), busy)
  await assert.rejects(tree.rename(at('/a/sub'), at('/c')), busy)
  await assert.rejects(tree.rename(at('/a/sub/f00001'), at('/c')), busy)
  await assert.rejects(tree.rename(at('/a.txt'), at('/b/c')), busy)
  await assert.rejects(tree.copy(at('/a.txt'), at('/b/c')), busy)
  await upload(tree, '/a-/y', { text: 'a neighbour' })
  assert.equal((await tree.stat(at('/a/sub/f00001'))).kind, 'file')
})

test('a removal is counted off the quota, and takes kept uploads of the folder along', async (t) => {
  const ledger = testLedger()
  const journal = testJournal()
  const account = { incompleteUploads: 'resume', quotaBytes: 1_000_000 } as const
  const opened = await open(t, { account, quota: ledger, staged: journal })
  await upload(opened.tree, '/a/cut', { text: 'half a file', verdict: 'cut' })
  await upload(opened.tree, '/a-/cut', { text: 'another', verdict: 'cut' })
  const usedBytes = ledger.bytes ?? 0
  let bytes = 0
  for (const [key, text] of Object.entries(held(opened))) if (key.startsWith('a/')) bytes += text.length
  let removed = 0
  await opened.tree.removeTree(at('/a'), { progress: ({ done }) => (removed = done) })
  assert.equal(removed, 10)
  assert.deepEqual(held(opened), { 'a-/x': '', 'a.txt': '' })
  assert.equal(usedBytes - (ledger.bytes ?? 0), bytes)
  assert.deepEqual(
    journal.all().map(({ path }) => path),
    ['/a-/cut'],
  )
  assert.equal(await leftStaged(opened.storage, journal), 0)
  await assert.rejects(opened.tree.removeTree(at('/a')), { code: 'not-found' })
  await assert.rejects(opened.tree.removeTree(at('/a.txt')), { code: 'not-directory' })
})

test('ABOR ends a removal between two pages, and says that the rest is there', async (t) => {
  const opened = await open(t, { files: 2500 })
  const stop = new AbortController()
  const progress = ({ done }: TreeProgress) =>
    void (done > 0 && stop.abort(new GatewayError('aborted', 'Transfer aborted.')))
  await assert.rejects(opened.tree.removeTree(at('/a'), { signal: stop.signal, progress }), {
    ...{ code: 'aborted', message: '/a: Not all of it was removed; the rest is as it was.' },
  })
  assert.equal(opened.double.bucket.objects.size, 2505 - 1000)
  assert.equal(opened.trees.operations.records.size, 0)
})

test('a folder that somebody makes while the objects are counted is left as it is', async (t) => {
  const opened = await open(t)
  const { double, storage, trees } = opened
  const before = held(opened)
  const other = scene({ storages: { main: storage }, trees }).tree
  const { pieces } = opened
  const counting: Storage = {
    ...storage,
    pieces: {
      ...pieces,
      async list(directory, options) {
        if (double.bucket.objects.get('b/sub/f00001') === undefined) {
          await other.makeDirectory(at('/b'))
          await other.makeDirectory(at('/b/sub'))
          await upload(other, '/b/sub/f00001', { text: 'of somebody else' })
        }
        return pieces.list(directory, options)
      },
    },
  }
  const { tree } = scene({ storages: { main: counting }, trees })
  await assert.rejects(tree.rename(at('/a'), at('/b')), { code: 'already-exists' })
  assert.deepEqual(held(opened), { ...before, 'b/': '', 'b/sub/': '', 'b/sub/f00001': 'of somebody else' })
  assert.equal(trees.operations.records.size, 0)
})
