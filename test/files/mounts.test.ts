import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compareKeys } from '../../src/core/key-order.ts'
import { isWithin } from '../../src/core/paths.ts'
import { mountTable } from '../../src/files/mounts.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { at, clock, contentOf, key, mount, namesIn, newStorage, put, readText, scene, upload } from './fixture.ts'

test('several mounts make one tree, with folders between them', async () => {
  const one = newStorage()
  const two = newStorage()
  const account = { mounts: [mount('/a/b', 'one'), mount('/c', 'two')] }
  const { tree } = scene({ account, storages: { one, two } })
  assert.deepEqual(await namesIn(tree, '/'), ['a/', 'c/'])
  assert.deepEqual(await namesIn(tree, '/a'), ['b/'])
  await upload(tree, '/a/b/f', { text: '1' })
  await upload(tree, '/c/f', { text: '2' })
  assert.deepEqual([await contentOf(one), await contentOf(two)], [{ f: '1' }, { f: '2' }])
  await tree.enter(at('/a'))
  await assert.rejects(tree.enter(at('/b')), { code: 'not-found' })
  await assert.rejects(tree.list(at('/b')), { code: 'not-found' })
  await assert.rejects(upload(tree, '/f'), { code: 'permission-denied' })
  await assert.rejects(tree.makeDirectory(at('/a/x')), { code: 'permission-denied' })
})

test('the longest mount wins, and hides what lies under it', async () => {
  const outer = newStorage()
  const inner = newStorage()
  await outer.makeDirectory(key('a'))
  await put(outer, 'a/hidden', 'outer')
  await put(outer, 'ab', 'outer')
  await put(inner, 'seen', 'inner')
  const { tree } = scene({
    account: { mounts: [mount('/', 'outer'), mount('/a', 'inner')] },
    storages: { outer, inner },
  })
  assert.deepEqual(await namesIn(tree, '/'), ['a/', 'ab'])
  assert.deepEqual(await namesIn(tree, '/a'), ['seen'])
  assert.equal(await readText(tree, '/ab'), 'outer')
  await assert.rejects(tree.read(at('/a/hidden')), { code: 'not-found' })
})

test('mounts stand among the entries of their folder in key order, each once, over all pages', async () => {
  const name = fc.stringMatching(/^[a-c.\u{e000}\u{10000}]{1,2}$/u).filter((text) => text !== '.' && text !== '..')
  const names = fc.uniqueArray(name, { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      names,
      names,
      names,
      fc.integer({ min: 1, max: 4 }),
      async (files, folders, mounted, pageEntries) => {
        const main = memoryStorage(clock, { pageEntries })
        const { tree } = scene({
          account: { mounts: [mount('/', 'main'), ...mounted.map((path) => mount(`/${path}`, 'other'))] },
          storages: { main, other: newStorage() },
        })
        for (const file of files) await put(main, file, '')
        for (const folder of folders) {
          if (!files.includes(folder)) await main.makeDirectory(key(folder))
        }
        const seen = await namesIn(tree, '/')
        const expected = new Set([
          ...files.filter((file) => !mounted.includes(file)),
          ...folders
            .filter((folder) => mounted.includes(folder) || !files.includes(folder))
            .map((folder) => `${folder}/`),
          ...mounted.map((path) => `${path}/`),
        ])
        assert.deepEqual(seen, [...expected].toSorted(compareKeys))
      },
    ),
  )
})

test('the mount of a path is the longest one it lies within', () => {
  const path = fc.array(fc.constantFrom('a', 'ab', 'b'), { maxLength: 3 }).map((segments) => at(segments.join('/')))
  const storages = new Map([['s', newStorage()]])
  fc.assert(
    fc.property(fc.uniqueArray(path), path, (mounts, asked) => {
      const table = mountTable(
        mounts.map((each) => mount(each, 's')),
        storages,
      )
      const expected = mounts.filter((each) => isWithin(each, asked)).toSorted((a, b) => b.length - a.length)[0] ?? null
      const place = table.locate(asked)
      assert.equal(place.mount?.path ?? null, expected)
      assert.equal(place.isFixed, asked === '/' || mounts.some((each) => isWithin(asked, each)))
      if (expected !== null) assert.equal(at(`${expected}/${place.key}`), asked)
    }),
  )
})

test('mounts and the folders above them cannot be removed, renamed or replaced', async () => {
  const { tree } = scene({
    account: { mounts: [mount('/', 'main'), mount('/x/m', 'other')] },
    storages: { main: newStorage(), other: newStorage() },
  })
  await upload(tree, '/f')
  await tree.makeDirectory(at('/d'))
  for (const path of ['/x', '/x/m', '/']) {
    await assert.rejects(tree.removeDirectory(at(path)), { code: 'permission-denied' })
    await assert.rejects(tree.removeTree(at(path)), { code: 'permission-denied' })
    await assert.rejects(tree.prepareRename(at(path)), { code: 'permission-denied' })
    await assert.rejects(tree.rename(at(path), at('/y')), { code: 'permission-denied' })
    await assert.rejects(tree.rename(at('/f'), at(path)), { code: 'permission-denied' })
    await assert.rejects(tree.rename(at('/d'), at(path)), { code: 'permission-denied' })
    await assert.rejects(tree.copy(at('/f'), at(path)), { code: 'permission-denied' })
    await assert.rejects(tree.makeDirectory(at(path)), { code: 'already-exists' })
    await assert.rejects(tree.setMode(at(path), 0), { code: 'permission-denied' })
    await assert.rejects(upload(tree, path), { code: 'is-directory' })
    assert.doesNotMatch((await tree.stat(at(path))).perm, /[df]/)
  }
})

test('a folder above a mount can be written into though its storage never heard of it', async () => {
  const main = newStorage()
  const { tree } = scene({
    account: { mounts: [mount('/', 'main'), mount('/x/y/m', 'other')] },
    storages: { main, other: newStorage() },
  })
  await upload(tree, '/x/y/f', { text: '1' })
  await upload(tree, '/g', { text: '2' })
  await tree.rename(at('/g'), at('/x/g'))
  await tree.makeDirectory(at('/x/d'))
  assert.deepEqual(await namesIn(tree, '/x/y'), ['f', 'm/'])
  assert.deepEqual(await contentOf(main), { 'x/': '', 'x/d/': '', 'x/g': '2', 'x/y/': '', 'x/y/f': '1' })
})

test('a read-only mount can be looked at, and nothing more', async () => {
  const main = newStorage()
  const archive = newStorage()
  await put(archive, 'old', 'kept')
  const { tree } = scene({
    account: { mounts: [mount('/', 'main'), mount('/archive', 'archive', { readOnly: true })] },
    storages: { main, archive },
  })
  await upload(tree, '/f', { text: 'f' })
  const refusals = [
    () => upload(tree, '/archive/new'),
    () => upload(tree, '/archive/old'),
    () => upload(tree, '/archive/old', { mode: 'append', text: 'x' }),
    () => upload(tree, '/archive/new', { mode: 'unique' }),
    () => tree.remove(at('/archive/old')),
    () => tree.makeDirectory(at('/archive/d')),
    () => tree.prepareRename(at('/archive/old')),
    () => tree.rename(at('/archive/old'), at('/old')),
    () => tree.rename(at('/f'), at('/archive/f')),
    () => tree.copy(at('/f'), at('/archive/f')),
    () => tree.setModified(at('/archive/old'), new Date(0)),
  ]
  for (const refused of refusals) await assert.rejects(refused, { code: 'permission-denied' })
  assert.deepEqual(await contentOf(archive), { old: 'kept' })
  assert.equal((await tree.stat(at('/archive/old'))).perm, 'r')
  assert.equal((await tree.stat(at('/archive'))).perm, 'el')
  assert.equal(await tree.availableBytes(at('/archive')), 0)
  await tree.copy(at('/archive/old'), at('/copy'))
  assert.equal(await readText(tree, '/copy'), 'kept')
})

test('a prefix is a wall: nothing beside it is seen, `a` never reaches `ab`', async () => {
  const main = newStorage()
  for (const folder of ['a', 'ab']) await main.makeDirectory(key(folder))
  await put(main, 'ab/secret', 'x')
  await put(main, 'a/mine', 'y')
  const { tree } = scene({ account: { mounts: [mount('/', 'main', { prefix: 'a' })] }, storages: { main } })
  assert.deepEqual(await namesIn(tree, '/'), ['mine'])
  await assert.rejects(tree.stat(at('/b/secret')), { code: 'not-found' })
  await assert.rejects(tree.stat(at('/../ab/secret')), { code: 'not-found' })
})

test('a store that is down does not hide the folder it is mounted in', async () => {
  const down = {
    ...newStorage(),
    stat: () => Promise.reject(new Error('down')),
    list: () => Promise.reject(new Error()),
  }
  const { tree } = scene({
    account: { mounts: [mount('/', 'main'), mount('/m', 'down')] },
    storages: { main: newStorage(), down },
  })
  assert.deepEqual(await namesIn(tree, '/'), ['m/'])
  await tree.enter(at('/m'))
  await assert.rejects(tree.list(at('/m')), { code: 'internal' })
})

test('the unique facts of two storages never meet', async () => {
  const { tree } = scene({
    account: { mounts: [mount('/1', 'one'), mount('/2', 'two')] },
    storages: { one: newStorage(), two: newStorage() },
  })
  const paths = ['/1/f', '/2/f']
  for (const path of paths) await upload(tree, path)
  const facts = await Promise.all(['/', '/1', '/2', ...paths].map(async (path) => (await tree.stat(at(path))).unique))
  assert.equal(new Set(facts).size, 5)
  const { pages } = await tree.list(at('/1'))
  for await (const page of pages) assert.equal(page[0]?.unique, facts[3])
})

test('a storage that is not there is told at once, and not by name', () => {
  const account = { mounts: [mount('/', 'gone')] }
  assert.throws(
    () => scene({ account }),
    (error: Error) => !error.message.includes('gone'),
  )
})
