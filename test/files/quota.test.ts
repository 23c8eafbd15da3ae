import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { accountQuota } from '../../src/files/quota.ts'
import {
  at,
  broken,
  contentOf,
  key,
  lent,
  mount,
  newStorage,
  put,
  scene,
  testJournal,
  testLedger,
  upload,
} from './fixture.ts'

test('what is stored already is measured once, each byte once', async () => {
  const main = newStorage()
  await main.makeDirectory(key('in'))
  await put(main, 'in/f', '12345')
  await put(main, 'g', '678')
  const archive = newStorage()
  await put(archive, 'old', 'not ours')
  const mounts = [
    mount('/all', 'main'),
    mount('/in', 'main', { prefix: 'in' }),
    mount('/again', 'main'),
    mount('/archive', 'archive', { readOnly: true }),
  ]
  const { tree, quota } = scene({ account: { mounts, quotaBytes: 10 }, storages: { main, archive } })
  assert.equal(await tree.availableBytes(at('/all')), 2)
  assert.equal(quota.bytes, 8)
  await put(main, 'h', 'by others')
  assert.equal(await tree.availableBytes(at('/in')), 2)
})

test('an upload beyond the quota is refused: when announced, when full, and as it arrives', async () => {
  const { tree, storages, quota } = scene({ account: { quotaBytes: 10 } })
  await upload(tree, '/f', { text: '1234567' })
  await assert.rejects(tree.prepareWrite(at('/g'), { mode: 'store', declaredBytes: 4 }), { code: 'quota-exceeded' })
  await assert.rejects(upload(tree, '/g', { text: '1234' }), { code: 'quota-exceeded' })
  await upload(tree, '/g', { text: '123' })
  await assert.rejects(tree.prepareWrite(at('/h'), { mode: 'store' }), { code: 'quota-exceeded' })
  assert.deepEqual(await contentOf(storages.get('main') ?? newStorage()), { f: '1234567', g: '123' })
  assert.equal(quota.bytes, 10)
})

test('an overwrite frees the old bytes when it is published, and REST and APPE count what is new', async () => {
  const { tree, quota } = scene({ account: { quotaBytes: 100 } })
  await upload(tree, '/f', { text: '0123456789' })
  await upload(tree, '/f', { text: 'abc', verdict: 'cut' })
  assert.equal(quota.bytes, 10)
  await upload(tree, '/f', { text: '9876543210' })
  assert.equal(quota.bytes, 10)
  await upload(tree, '/f', { text: 'ab', start: 4 })
  assert.equal(quota.bytes, 6)
  await upload(tree, '/f', { text: 'cd', mode: 'append' })
  assert.equal(quota.bytes, 8)
  await upload(tree, '/f', { text: 'x' })
  assert.equal(quota.bytes, 1)
})

test('going on from a file takes room for what is new alone', async () => {
  const { tree, quota } = scene({ account: { quotaBytes: 10 } })
  await upload(tree, '/f', { text: '12345678' })
  await upload(tree, '/f', { text: '90', mode: 'append' })
  assert.equal(quota.bytes, 10)
})

test('kept uploads are counted when an account is measured', async () => {
  const main = newStorage()
  const staged = testJournal()
  const account = { quotaBytes: 10, incompleteUploads: 'resume' as const }
  const session = () => scene({ account, storages: { main }, staged })
  await upload(session().tree, '/f', { text: '1234', verdict: 'cut' })
  const { tree, quota } = session()
  await upload(tree, '/f', { text: '56', start: 4, verdict: 'cut' })
  assert.equal(quota.bytes, 6)
  await upload(tree, '/f', { text: '', start: 6 })
  assert.equal(quota.bytes, 6)
})

test('while uploads run they hold their room together', async () => {
  const { tree, quota } = scene({ account: { quotaBytes: 10 } })
  const one = await tree.prepareWrite(at('/1'), { mode: 'store' })
  const two = await tree.prepareWrite(at('/2'), { mode: 'store' })
  await one.append(lent('123456'))
  await assert.rejects(two.append(lent('12345')), { code: 'quota-exceeded' })
  await two.settle('rejected')
  await one.settle('clean')
  assert.equal(quota.bytes, 6)
})

test('deleting frees, moving does not, copying takes', async () => {
  const { tree, quota } = scene({ account: { quotaBytes: 10 } })
  await tree.makeDirectory(at('/d'))
  await upload(tree, '/d/f', { text: '1234' })
  await tree.copy(at('/d/f'), at('/d/g'))
  assert.equal(quota.bytes, 8)
  await assert.rejects(tree.copy(at('/d/f'), at('/d/h')), { code: 'quota-exceeded' })
  assert.equal(quota.bytes, 8)
  await tree.rename(at('/d/f'), at('/d/g'))
  assert.equal(quota.bytes, 4)
  await tree.rename(at('/d/g'), at('/g'))
  await tree.copy(at('/g'), at('/d/f'))
  await tree.removeTree(at('/d'))
  assert.equal(quota.bytes, 4)
  await tree.remove(at('/g'))
  assert.equal(quota.bytes, 0)
})

test('a kept upload holds its room until it is published or dropped', async () => {
  const { tree, quota } = scene({ account: { quotaBytes: 10, incompleteUploads: 'resume' } })
  await upload(tree, '/f', { text: '1234', verdict: 'cut' })
  assert.equal(quota.bytes, 4)
  await upload(tree, '/f', { text: '56', start: 4, verdict: 'cut' })
  assert.equal(quota.bytes, 6)
  await assert.rejects(upload(tree, '/g', { text: '12345' }), { code: 'quota-exceeded' })
  await upload(tree, '/f', { text: '', start: 5 })
  assert.equal(quota.bytes, 5)
  await upload(tree, '/f', { text: 'abc', verdict: 'aborted' })
  assert.equal(quota.bytes, 8)
  await upload(tree, '/f', { text: 'z' })
  assert.equal(quota.bytes, 1)
})

test('without a quota nothing is measured or counted', async () => {
  const { tree, quota } = scene()
  await upload(tree, '/f', { text: 'x' })
  assert.equal(quota.bytes, null)
  assert.equal(await tree.availableBytes(at('/')), Number.MAX_SAFE_INTEGER)
})

test('the room left is the quota or the free space, whichever is less', async () => {
  const main = { ...newStorage(), availableBytes: async () => 7 }
  for (const [quotaBytes, left] of [
    [5, 5],
    [9, 7],
    [null, 7],
  ] as const) {
    assert.equal(await scene({ account: { quotaBytes }, storages: { main } }).tree.availableBytes(at('/')), left)
  }
})

test('whatever an account does, the ledger says what is stored', async () => {
  const operation = fc.record({
    kind: fc.constantFrom('store', 'append', 'cut', 'broken', 'remove', 'copy', 'rename'),
    path: fc.constantFrom('/a', '/b', '/m/a'),
    other: fc.constantFrom('/a', '/b', '/m/a'),
    text: fc.stringMatching(/^x{0,6}$/),
    start: fc.nat(4),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 15 }), async (operations) => {
      const storages = { main: newStorage(), other: newStorage() }
      const account = { mounts: [mount('/', 'main'), mount('/m', 'other')], quotaBytes: 20 }
      const { tree, quota } = scene({ account, storages })
      await tree.availableBytes(at('/'))
      for (const { kind, path, other, text, start } of operations) {
        await run(kind, { path, other, text, start }).catch(() => {})
        const contents = await Promise.all(Object.values(storages).map(contentOf))
        const stored = contents.flatMap(Object.values).join('').length
        assert.equal(quota.bytes, stored)
        assert.ok(stored <= 20)
      }

      async function run(kind: string, call: { path: string; other: string; text: string; start: number }) {
        const { path, other, text, start } = call
        if (kind === 'remove') return tree.remove(at(path))
        if (kind === 'copy') return tree.copy(at(path), at(other))
        if (kind === 'rename') return tree.rename(at(path), at(other))
        if (kind === 'broken') {
          const pending = await tree.prepareWrite(at(path), { mode: 'store', start })
          await pending.append(broken(text)).catch(() => {})
          return pending.settle('clean')
        }
        const mode = kind === 'append' ? 'append' : 'store'
        return upload(tree, path, { text, mode, start, verdict: kind === 'cut' ? 'cut' : 'clean' })
      }
    }),
  )
})

test('room is asked for in steps, and given back to the byte', async () => {
  const ledger = testLedger()
  const quota = accountQuota({ account: 'ann', limitBytes: 10_000_000, ledger, measure: async () => 0 })
  const room = quota.reservation(at('/f'))
  await room.cover(1)
  assert.equal(ledger.bytes, 1_048_576)
  await room.cover(1_000_000)
  assert.equal(ledger.bytes, 1_048_576)
  await room.close(1_000_000)
  await room.close(0)
  assert.equal(ledger.bytes, 1_000_000)
})
