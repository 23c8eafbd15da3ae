import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, namesIn, newStorage, put, readText, scene, upload, without } from './fixture.ts'

test('what was uploaded is listed, described and read back', async () => {
  const { tree } = scene()
  await tree.makeDirectory(at('/in'))
  assert.deepEqual(await upload(tree, '/in/a.txt', { text: 'hello' }), { outcome: 'published', bytes: 5 })
  assert.deepEqual(await namesIn(tree, '/in'), ['a.txt'])
  assert.equal(await readText(tree, '/in/a.txt'), 'hello')
  assert.equal(await readText(tree, '/in/a.txt', { start: 1, end: 3 }), 'el')
  assert.equal(await tree.size(at('/in/a.txt')), 5)
  const entry = await tree.stat(at('/in/a.txt'))
  assert.deepEqual([entry.kind, entry.name, entry.bytes, entry.perm], ['file', 'a.txt', 5, 'adfrw'])
})

test('a file is no folder, and a folder no file', async () => {
  const { tree } = scene()
  await tree.makeDirectory(at('/d'))
  await upload(tree, '/f')
  await assert.rejects(tree.enter(at('/f')), { code: 'not-directory' })
  await assert.rejects(tree.list(at('/f')), { code: 'not-directory' })
  await assert.rejects(tree.size(at('/d')), { code: 'is-directory' })
  await assert.rejects(tree.read(at('/d')), { code: 'is-directory' })
  await assert.rejects(tree.remove(at('/d')), { code: 'is-directory' })
  await assert.rejects(tree.removeDirectory(at('/f')), { code: 'not-directory' })
  await assert.rejects(tree.stat(at('/f/x')), { code: 'not-found' })
  await assert.rejects(upload(tree, '/f/x'), { code: 'not-directory' })
  await assert.rejects(upload(tree, '/d'), { code: 'is-directory' })
})

test('the root is a folder that stays', async () => {
  const { tree } = scene()
  await tree.enter(at('/'))
  assert.equal((await tree.stat(at('/'))).name, '')
  await assert.rejects(tree.remove(at('/')), { code: 'is-directory' })
  await assert.rejects(tree.removeDirectory(at('/')), { code: 'permission-denied' })
  await assert.rejects(tree.removeTree(at('/')), { code: 'permission-denied' })
  await assert.rejects(tree.prepareRename(at('/')), { code: 'permission-denied' })
  await assert.rejects(tree.makeDirectory(at('/')), { code: 'already-exists' })
  await assert.rejects(upload(tree, '/'), { code: 'is-directory' })
})

test('a listing that fails on its second page throws, after the first was given', async () => {
  const inner = newStorage()
  for (const name of ['a', 'b', 'c']) await put(inner, name, name)
  const paged = {
    ...inner,
    list: async (...[directory, options]: Parameters<typeof inner.list>) => {
      if (options?.cursor !== undefined) throw new Error('the store went away')
      const page = await inner.list(directory, options)
      return { entries: page.entries.slice(0, 2), next: 'b' }
    },
  }
  const { tree } = scene({ storages: { main: paged } })
  const { pages } = await tree.list(at('/'))
  const seen: string[] = []
  await assert.rejects(async () => {
    for await (const page of pages) seen.push(...page.map(({ name }) => name))
  }, /went away/)
  assert.deepEqual(seen, ['a', 'b'])
})

test('names that no path can say are left out of listings', async () => {
  const inner = newStorage()
  await put(inner, 'good', '')
  await put(inner, 'bad\r\nname', '')
  const { tree } = scene({ storages: { main: inner } })
  assert.deepEqual(await namesIn(tree, '/'), ['good'])
})

test('errors of other makes come out as ours', async () => {
  const failing = { ...newStorage(), stat: () => Promise.reject(new Error('ECONNRESET at 10.0.0.7')) }
  const { tree } = scene({ storages: { main: failing } })
  await assert.rejects(tree.stat(at('/a')), (error: Error) => 'code' in error && !error.message.includes('10.0.0.7'))
  const stopped = { ...failing, stat: () => Promise.reject(AbortSignal.abort().reason) }
  await assert.rejects(scene({ storages: { main: stopped } }).tree.stat(at('/a')), { code: 'aborted' })
})

test('time and mode are set where the storage keeps them, else refused', async () => {
  const { tree } = scene()
  await upload(tree, '/f')
  const time = new Date('2019-07-04T08:15:00Z')
  await tree.setModified(at('/f'), time)
  await tree.setMode(at('/f'), 0o600)
  const entry = await tree.stat(at('/f'))
  assert.deepEqual([entry.modified, entry.mode], [time, 0o600])
  await assert.rejects(tree.setModified(at('/g'), time), { code: 'not-found' })

  const poor = without(newStorage(), 'setModified', 'setMode')
  const bare = scene({ storages: { main: poor } }).tree
  await upload(bare, '/f')
  await assert.rejects(bare.setModified(at('/f'), time), { code: 'unsupported' })
  await assert.rejects(bare.setMode(at('/f'), 0o600), { code: 'unsupported' })
})

test('a time that was announced is on the file from its first moment', async () => {
  const { tree } = scene()
  const modified = new Date('2001-02-03T04:05:06Z')
  await upload(tree, '/f', { text: 'x', modified })
  assert.deepEqual((await tree.stat(at('/f'))).modified, modified)
})
