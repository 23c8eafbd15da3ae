import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, contentOf, key, leftStaged, mount, newStorage, put, scene, upload, without } from './fixture.ts'

const twoMounts = () => {
  const one = newStorage()
  const two = newStorage()
  const storages = { one, two }
  return { one, two, ...scene({ account: { mounts: [mount('/1', 'one'), mount('/2', 'two')] }, storages }) }
}

test('a rename moves a file, replaces a file, and moves a folder with what it holds', async () => {
  const { tree, storages } = scene()
  const main = storages.get('main') ?? newStorage()
  await upload(tree, '/a', { text: 'a' })
  await upload(tree, '/b', { text: 'b' })
  await tree.makeDirectory(at('/d'))
  await upload(tree, '/d/x', { text: 'x' })
  await tree.prepareRename(at('/a'))
  await tree.rename(at('/a'), at('/b'))
  await tree.rename(at('/d'), at('/e'))
  assert.deepEqual(await contentOf(main), { b: 'a', 'e/': '', 'e/x': 'x' })
})

test('onto itself nothing happens; onto a folder, into its own subtree or a missing folder nothing moves', async () => {
  const { tree, storages } = scene()
  const main = storages.get('main') ?? newStorage()
  await upload(tree, '/f', { text: 'f' })
  await tree.makeDirectory(at('/d'))
  await tree.makeDirectory(at('/e'))
  const before = await contentOf(main)
  await tree.rename(at('/f'), at('/f'))
  await tree.rename(at('/d'), at('/d'))
  await assert.rejects(tree.rename(at('/f'), at('/d')), { code: 'is-directory' })
  await assert.rejects(tree.rename(at('/d'), at('/e')), { code: 'already-exists' })
  await assert.rejects(tree.rename(at('/d'), at('/f')), { code: 'already-exists' })
  await assert.rejects(tree.rename(at('/d'), at('/d/x')), { code: 'is-directory' })
  await assert.rejects(tree.rename(at('/f'), at('/gone/f')), { code: 'not-found' })
  await assert.rejects(tree.rename(at('/gone'), at('/x')), { code: 'not-found' })
  await assert.rejects(tree.prepareRename(at('/gone')), { code: 'not-found' })
  assert.deepEqual(await contentOf(main), before)
})

test('a file moves between two mounts; a folder does not', async () => {
  const { tree, one, two } = twoMounts()
  await upload(tree, '/1/f', { text: 'content', modified: new Date(0) })
  await tree.makeDirectory(at('/1/d'))
  await tree.rename(at('/1/f'), at('/2/g'))
  assert.deepEqual([await contentOf(one), await contentOf(two)], [{ 'd/': '' }, { g: 'content' }])
  assert.equal((await tree.stat(at('/2/g'))).modified?.getTime(), 0)
  await assert.rejects(tree.rename(at('/1/d'), at('/2/d')), { code: 'unsupported' })
})

test('a storage without rename moves files by copying, and keeps folders where they are', async () => {
  const main = without(newStorage(), 'rename')
  const { tree } = scene({ storages: { main } })
  await upload(tree, '/f', { text: 'f' })
  await tree.makeDirectory(at('/d'))
  await tree.rename(at('/f'), at('/g'))
  await assert.rejects(tree.rename(at('/d'), at('/e')), { code: 'unsupported' })
  assert.deepEqual(await contentOf(main), { g: 'f', 'd/': '' })
})

test('one file seen through two mounts is not moved onto itself', async () => {
  for (const withRename of [true, false]) {
    const main = withRename ? newStorage() : without(newStorage(), 'rename')
    await main.makeDirectory(key('in'))
    await put(main, 'in/f', 'precious')
    const mounts = [mount('/all', 'main'), mount('/in', 'main', { prefix: 'in' })]
    const { tree } = scene({ account: { mounts }, storages: { main } })
    await tree.rename(at('/all/in/f'), at('/in/f'))
    await tree.copy(at('/in/f'), at('/all/in/f'))
    assert.deepEqual(await contentOf(main), { 'in/': '', 'in/f': 'precious' })
    await tree.rename(at('/all/in/f'), at('/in/g'))
    assert.deepEqual(await contentOf(main), { 'in/': '', 'in/g': 'precious' })
  }
})

test('a move whose source ends early, or changes meanwhile, costs neither side anything', async () => {
  const one = newStorage()
  const two = newStorage()
  await put(one, 'f', 'long content')
  await put(two, 'f', 'old')
  const mounts = [mount('/1', 'one'), mount('/2', 'two')]
  const short = { ...one, read: async () => one.read(key('f'), { end: 4 }) }
  const { tree, staged } = scene({ account: { mounts }, storages: { one: short, two } })
  await assert.rejects(tree.rename(at('/1/f'), at('/2/f')), { code: 'unavailable' })
  assert.deepEqual([await contentOf(one), await contentOf(two)], [{ f: 'long content' }, { f: 'old' }])
  assert.equal(await leftStaged(two, staged), 0)

  const changing: typeof one = {
    ...one,
    read: async (...call) => {
      const file = await one.read(...call)
      await put(one, 'f', 'newer')
      return file
    },
  }
  const raced = scene({ account: { mounts }, storages: { one: changing, two } }).tree
  await assert.rejects(raced.rename(at('/1/f'), at('/2/f')), { code: 'conflict' })
  assert.deepEqual(await contentOf(one), { f: 'newer' })
})

test('a copy within a storage and between two has the same bytes, and replaces a file', async () => {
  const { tree, one, two } = twoMounts()
  await upload(tree, '/1/f', { text: 'content' })
  await upload(tree, '/2/f', { text: 'other' })
  await tree.copy(at('/1/f'), at('/1/g'))
  await tree.copy(at('/1/f'), at('/2/f'))
  assert.deepEqual([await contentOf(one), await contentOf(two)], [{ f: 'content', g: 'content' }, { f: 'content' }])
  await tree.makeDirectory(at('/1/d'))
  await assert.rejects(tree.copy(at('/1/d'), at('/1/e')), { code: 'is-directory' })
  await assert.rejects(tree.copy(at('/1/f'), at('/1/d')), { code: 'is-directory' })
  await assert.rejects(tree.copy(at('/1/gone'), at('/1/e')), { code: 'not-found' })
})

test('a copy is held to the largest file', async () => {
  const main = newStorage()
  await put(main, 'f', '12345')
  const { tree } = scene({ account: { maxFileBytes: 4 }, storages: { main } })
  await assert.rejects(tree.copy(at('/f'), at('/g')), { code: 'too-large' })
  assert.deepEqual(await contentOf(main), { f: '12345' })
})
