import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/core/errors.ts'
import type { Storage } from '../../src/storage/contract.ts'
import {
  at,
  broken,
  clock,
  contentOf,
  leftStaged,
  lent,
  mount,
  namesIn,
  newStorage,
  put,
  readText,
  scene,
  testJournal,
  upload,
} from './fixture.ts'

test('nobody sees an upload before it is settled', async () => {
  const { tree } = scene()
  await upload(tree, '/f', { text: 'old' })
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await pending.append(lent('new'))
  assert.equal(await readText(tree, '/f'), 'old')
  await pending.settle('presumed')
  assert.equal(await readText(tree, '/f'), 'new')
})

test('an upload without bytes is a file without bytes, also over an old one', async () => {
  const { tree } = scene()
  await upload(tree, '/f', { text: 'old' })
  assert.deepEqual(await upload(tree, '/f'), { outcome: 'published', bytes: 0 })
  assert.equal(await tree.size(at('/f')), 0)
})

test('settling again changes nothing and says the same', async () => {
  const { tree } = scene()
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await pending.append(lent('x'))
  const first = await pending.settle('clean')
  assert.deepEqual(await pending.settle('rejected'), first)
  assert.equal(await readText(tree, '/f'), 'x')
})

test('STOR at n keeps the first n bytes, and cuts the rest only when published', async () => {
  const { tree } = scene()
  await upload(tree, '/f', { text: '0123456789' })
  await upload(tree, '/f', { text: 'ab', start: 4, verdict: 'cut' })
  assert.equal(await readText(tree, '/f'), '0123456789')
  await upload(tree, '/f', { text: 'ab', start: 4 })
  assert.equal(await readText(tree, '/f'), '0123ab')
  await upload(tree, '/f', { text: 'cd', start: 6 })
  assert.equal(await readText(tree, '/f'), '0123abcd')
  await assert.rejects(upload(tree, '/f', { start: 9 }), { code: 'invalid-restart' })
  await assert.rejects(upload(tree, '/new', { start: 1 }), { code: 'invalid-restart' })
})

test('APPE adds at the end, makes a missing file, and behaves as STOR at n after REST n', async () => {
  const { tree } = scene()
  await upload(tree, '/f', { text: 'ab', mode: 'append' })
  await upload(tree, '/f', { text: 'cd', mode: 'append' })
  assert.equal(await readText(tree, '/f'), 'abcd')
  await upload(tree, '/f', { text: 'X', mode: 'append', start: 1 })
  assert.equal(await readText(tree, '/f'), 'aX')
})

test('what goes on from a file is not published over another one', async () => {
  const { tree } = scene()
  await upload(tree, '/log', { text: 'one,' })
  const pending = await tree.prepareWrite(at('/log'), { mode: 'append' })
  await pending.append(lent('two,'))
  await upload(tree, '/log', { text: 'three,', mode: 'append' })
  await assert.rejects(pending.settle('clean'), { code: 'conflict' })
  assert.equal(await readText(tree, '/log'), 'one,three,')
})

test('of two that append to a file that is not there, one makes it and the other is told', async () => {
  const { tree } = scene()
  const pending = [
    await tree.prepareWrite(at('/log'), { mode: 'append' }),
    await tree.prepareWrite(at('/log'), { mode: 'append' }),
  ]
  for (const [index, each] of pending.entries()) await each.append(lent(`${index},`))
  await pending[0]?.settle('clean')
  await assert.rejects(async () => pending[1]?.settle('clean'), { code: 'conflict' })
  assert.equal(await readText(tree, '/log'), '0,')
})

test('STOU finds a free name, in a folder it makes one up', async () => {
  const { tree } = scene()
  await tree.makeDirectory(at('/d'))
  const paths: string[] = []
  for (const stem of ['/f', '/f', '/f', '/d', '/d', '/']) {
    const pending = await tree.prepareWrite(at(stem), { mode: 'unique' })
    paths.push(pending.path)
    await pending.append(lent(stem))
    await pending.settle('clean')
  }
  const made = `upload-${clock.now().toISOString().replaceAll(/\D/g, '')}`
  assert.deepEqual(paths, ['/f', '/f.1', '/f.2', `/d/${made}`, `/d/${made}.1`, `/${made}`])
  for (const [index, path] of paths.slice(0, 4).entries()) {
    assert.equal(await readText(tree, path), ['/f', '/f', '/f', '/d'][index])
  }
  await assert.rejects(tree.prepareWrite(at('/f'), { mode: 'unique', start: 1 }), { code: 'invalid-restart' })
})

test('two uploads at once that want one unique name get two', async () => {
  const { tree } = scene()
  const one = await tree.prepareWrite(at('/f'), { mode: 'unique' })
  const two = await tree.prepareWrite(at('/f'), { mode: 'unique' })
  await one.append(lent('one'))
  await two.append(lent('two'))
  await one.settle('clean')
  await two.settle('clean')
  assert.deepEqual([one.path, two.path], ['/f', '/f.1'])
  assert.deepEqual([await readText(tree, '/f'), await readText(tree, '/f.1')], ['one', 'two'])
})

test('STOU finds a name also where a hundred are taken', async () => {
  const main = newStorage()
  await put(main, 'f', '')
  for (let number = 1; number < 100; number++) await put(main, `f.${number}`, '')
  const { tree } = scene({ storages: { main } })
  const pending = await tree.prepareWrite(at('/f'), { mode: 'unique' })
  await pending.settle('clean')
  assert.match(pending.path, /^\/f\.\d{17}\.1$/)
  assert.equal((await namesIn(tree, '/')).length, 101)
})

test('the largest file is held to as it arrives, and before it when it was announced', async () => {
  const { tree, storages, staged } = scene({ account: { maxFileBytes: 6 } })
  await upload(tree, '/f', { text: '123456' })
  await assert.rejects(tree.prepareWrite(at('/g'), { mode: 'store', declaredBytes: 7 }), { code: 'too-large' })
  await assert.rejects(tree.prepareWrite(at('/f'), { mode: 'append', declaredBytes: 1 }), { code: 'too-large' })
  await assert.rejects(upload(tree, '/g', { text: '1234567' }), { code: 'too-large' })
  await assert.rejects(upload(tree, '/f', { text: '1234', start: 3 }), { code: 'too-large' })
  const main = storages.get('main') ?? newStorage()
  assert.deepEqual(await contentOf(main), { f: '123456' })
  assert.equal(await leftStaged(main, staged), 0)
})

test('what broke a limit is never published, whatever the caller makes of it', async () => {
  const { tree } = scene({ account: { maxFileBytes: 3, incompleteUploads: 'publish' } })
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await assert.rejects(pending.append(lent('12', '34')), { code: 'too-large' })
  assert.deepEqual(await pending.settle('clean'), { outcome: 'discarded', bytes: 0 })
  assert.deepEqual(await namesIn(tree, '/'), [])
})

test('a body that threw is not published as a whole one', async () => {
  const { tree } = scene()
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await assert.rejects(pending.append(broken('half')), /the connection broke/)
  assert.deepEqual(await pending.settle('clean'), { outcome: 'discarded', bytes: 0 })
})

test('a driver that asks for a journal line gets one before it goes on, and it is gone at the end', async () => {
  const inner = newStorage()
  const staged = testJournal()
  const main: Storage = {
    ...inner,
    stage: async (name, options) => {
      const result = await inner.stage(name, options)
      await options?.journal?.(result.ticket)
      return result
    },
  }
  const { tree } = scene({ storages: { main }, staged })
  for (const verdict of ['clean', 'cut'] as const) {
    const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
    assert.deepEqual(
      staged.all().map(({ account, path, storage, isKept }) => ({ account, path, storage, isKept })),
      [{ account: 'ann', path: '/f', storage: 'main', isKept: false }],
    )
    await pending.settle(verdict)
    assert.deepEqual(staged.all(), [])
  }
})

test('without need, nothing is written to the journal', async () => {
  const staged = testJournal()
  const { tree } = scene({ staged })
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  assert.deepEqual(staged.all(), [])
  await pending.settle('clean')
})

test('an ordinary STOR asks the store for nothing beside its own upload', async () => {
  const calls: string[] = []
  const watched = new Proxy(newStorage(), {
    get(storage, name, receiver) {
      const found = Reflect.get(storage, name, receiver) as unknown
      // To look whether a capability is there asks nothing.
      if (typeof found === 'function') calls.push(String(name))
      return found
    },
  })
  const { tree } = scene({ storages: { main: watched } })
  calls.length = 0
  await upload(tree, '/f', { text: 'x' })
  assert.deepEqual(calls, ['stage'])
})

test('when publishing fails the old content stays and nothing is left', async () => {
  for (const code of ['unavailable', 'corrupted', 'storage-full'] as const) {
    const inner = newStorage()
    await put(inner, 'f', 'old')
    const main = failingPublish(inner, () => new GatewayError(code, 'No.'))
    const { tree, staged } = scene({ storages: { main } })
    await assert.rejects(upload(tree, '/f', { text: 'new' }), { code })
    await assert.rejects(upload(tree, '/g', { text: 'new' }), { code })
    assert.deepEqual(await contentOf(inner), { f: 'old' })
    assert.equal(await leftStaged(inner, staged), 0)
  }
})

test('when the store is away at the end, an account that resumes keeps what it sent', async () => {
  const inner = newStorage()
  let isAway = true
  const main = failingPublish(inner, () => (isAway ? new GatewayError('unavailable', 'Later.') : null))
  const { tree } = scene({ account: { incompleteUploads: 'resume' }, storages: { main } })
  await assert.rejects(upload(tree, '/f', { text: 'whole' }), { code: 'unavailable' })
  assert.equal(await tree.size(at('/f')), 5)
  isAway = false
  await upload(tree, '/f', { start: 5 })
  assert.equal(await readText(tree, '/f'), 'whole')
})

test('when the journal fails, what was staged is gone', async () => {
  const main = newStorage()
  const staged = { ...testJournal(), add: () => assert.fail('the disk is full') }
  const { tree } = scene({ account: { incompleteUploads: 'resume' }, storages: { main }, staged })
  await assert.rejects(upload(tree, '/f', { text: 'x' }))
  assert.equal(await leftStaged(main, testJournal()), 0)
})

test('a mount with a prefix takes uploads of every kind', async () => {
  const main = newStorage()
  const account = { mounts: [mount('/', 'main', { prefix: 'in/deep' })], incompleteUploads: 'resume' as const }
  const { tree } = scene({ account, storages: { main } })
  await upload(tree, '/f', { text: 'abc', verdict: 'cut' })
  await upload(tree, '/f', { text: 'X', start: 2 })
  await upload(tree, '/f', { text: 'u', mode: 'unique' })
  assert.deepEqual(await contentOf(main), { 'in/': '', 'in/deep/': '', 'in/deep/f': 'abX', 'in/deep/f.1': 'u' })
})

function failingPublish(inner: Storage, failure: () => GatewayError | null): Storage {
  const failing = (staged: Awaited<ReturnType<Storage['stage']>>) => {
    const publish = staged.publish.bind(staged)
    staged.publish = async (options) => {
      const error = failure()
      if (error !== null) throw error
      return publish(options)
    }
    return staged
  }
  return {
    ...inner,
    stage: async (...call) => failing(await inner.stage(...call)),
    restage: async (...call) => {
      const staged = await inner.restage(...call)
      return staged && failing(staged)
    },
  }
}
