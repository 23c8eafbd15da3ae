import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TreeProgress } from '../../src/files/tree/tree-progress.ts'
import { at, contentOf, key, newStorage, put, scene, upload } from './fixture.ts'

test('a folder is made once, inside a folder that exists, and removed when empty', async () => {
  const { tree } = scene()
  await tree.makeDirectory(at('/d'))
  await assert.rejects(tree.makeDirectory(at('/d')), { code: 'already-exists' })
  await assert.rejects(tree.makeDirectory(at('/x/y')), { code: 'not-found' })
  await upload(tree, '/d/f')
  await assert.rejects(tree.makeDirectory(at('/d/f')), { code: 'already-exists' })
  await assert.rejects(tree.removeDirectory(at('/d')), { code: 'directory-not-empty' })
  await tree.remove(at('/d/f'))
  await tree.removeDirectory(at('/d'))
  await assert.rejects(tree.enter(at('/d')), { code: 'not-found' })
})

test('missing parents are made for accounts that have them made, for STOR, APPE and MKD', async () => {
  const { tree, storages } = scene({ account: { makeParents: true } })
  await upload(tree, '/a/b/c', { text: '1' })
  await upload(tree, '/d/e/f', { text: '2', mode: 'append' })
  await tree.makeDirectory(at('/g/h/i'))
  assert.deepEqual(await contentOf(storages.get('main') ?? newStorage()), {
    'a/': '',
    'a/b/': '',
    'a/b/c': '1',
    'd/': '',
    'd/e/': '',
    'd/e/f': '2',
    'g/': '',
    'g/h/': '',
    'g/h/i/': '',
  })
  await assert.rejects(upload(tree, '/a/b/c/d/e'), { code: 'not-directory' })
  await assert.rejects(scene().tree.prepareWrite(at('/a/b'), { mode: 'store' }), { code: 'not-found' })
})

test('a tree is removed with all it holds, and counted', async () => {
  const main = newStorage()
  for (const folder of ['d', 'd/e', 'keep']) await main.makeDirectory(key(folder))
  for (const file of ['d/1', 'd/e/2', 'd/e/3', 'keep/4']) await put(main, file, '')
  const { tree } = scene({ storages: { main } })
  const counts: number[] = []
  await tree.removeTree(at('/d'), { progress: ({ done }) => counts.push(done) })
  assert.deepEqual(counts, [1, 2, 3, 4, 5])
  assert.deepEqual(await contentOf(main), { 'keep/': '', 'keep/4': '' })
  await assert.rejects(tree.removeTree(at('/d')), { code: 'not-found' })
  await assert.rejects(tree.removeTree(at('/keep/4')), { code: 'not-directory' })
})

test('removing a tree stops between two entries when it is aborted', async () => {
  const main = newStorage()
  await main.makeDirectory(key('d'))
  for (const file of ['d/1', 'd/2', 'd/3']) await put(main, file, '')
  const { tree } = scene({ storages: { main } })
  const stop = new AbortController()
  const progress = ({ done }: TreeProgress) => void (done === 2 && stop.abort())
  await assert.rejects(tree.removeTree(at('/d'), { signal: stop.signal, progress }), { code: 'aborted' })
  assert.deepEqual(await contentOf(main), { 'd/': '', 'd/3': '' })
})

test('where directories are only prefixes, a tree goes with its last file', async () => {
  const inner = newStorage()
  await inner.makeDirectory(key('d'))
  await inner.makeDirectory(key('d/e'))
  await put(inner, 'd/e/1', '')
  const vanishing: typeof inner = {
    ...inner,
    remove: async (...call) => {
      await inner.remove(...call)
      await inner.removeDirectory(key('d/e'))
      await inner.removeDirectory(key('d'))
    },
  }
  await scene({ storages: { main: vanishing } }).tree.removeTree(at('/d'))
  assert.deepEqual(await contentOf(inner), {})
})
