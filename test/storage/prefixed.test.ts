import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { rootKey } from '../../src/core/paths.ts'
import type { Storage } from '../../src/storage/contract.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { prefixed } from '../../src/storage/prefixed.ts'
import { body, key, listed, put, refused, staged, text } from '../contract/clause.ts'

const memory = () => memoryStorage(systemClock)

test('a view sees only what lies below its prefix: a never reaches ab', async () => {
  const inner = memory()
  for (const home of ['a', 'ab', 'a.', 'a/b']) {
    await inner.makeDirectory(key(home))
    await put(inner, `${home}/f`, home)
  }
  for (const home of ['a', 'ab', 'a.', 'a/b']) assert.equal(await text(prefixed(inner, key(home)), 'f'), home)
  const entries = await listed(prefixed(inner, key('a')), rootKey)
  assert.deepEqual(
    entries.map((entry) => entry.key),
    ['b', 'f'],
  )
})

test('a missing prefix is an empty directory, and nothing is made by looking at it', async () => {
  const inner = memory()
  const view = prefixed(inner, key('in/new'))
  assert.equal((await view.stat(rootKey))?.kind, 'directory')
  assert.deepEqual(await listed(view, rootKey), [])
  assert.equal(await view.stat(key('x')), null)
  await refused(view.list(key('x')), 'not-found')
  await refused(view.read(key('x')), 'not-found')
  assert.deepEqual(await listed(inner, rootKey), [])
})

test('the prefix is made before the first thing is put into it, and again when somebody has removed it', async () => {
  const inner = memory()
  const view = prefixed(inner, key('in/new'))
  await put(view, 'f')
  assert.equal(await text(inner, 'in/new/f'), 'f')
  await inner.remove(key('in/new/f'))
  await inner.removeDirectory(key('in/new'))
  await view.makeDirectory(key('d'))
  assert.equal((await inner.stat(key('in/new/d')))?.kind, 'directory')
})

test('a parent that is missing below the prefix stays missing', async () => {
  const view = prefixed(memory(), key('in'))
  for (let attempt = 0; attempt < 2; attempt++) await refused(view.stage(key('x/f')), 'not-found')
})

test('a file in the place of the prefix is no directory', async () => {
  const inner = memory()
  await put(inner, 'in')
  await refused(prefixed(inner, key('in')).list(rootKey), 'not-directory')
  await refused(prefixed(inner, key('in')).stage(key('f')), 'not-directory')
})

test("the view's own root is neither made, moved, replaced nor removed", async () => {
  const inner = memory()
  const view = prefixed(inner, key('in'))
  await put(view, 'f')
  await refused(view.remove(rootKey), 'is-directory')
  await refused(view.removeDirectory(rootKey), 'permission-denied')
  await refused(view.makeDirectory(rootKey), 'already-exists')
  await refused(view.stage(rootKey), 'is-directory')
  await refused(view.copy(key('f'), rootKey), 'is-directory')
  await refused(view.rename?.(rootKey, key('x')) ?? Promise.resolve(), 'permission-denied')
  await refused(view.rename?.(key('f'), rootKey) ?? Promise.resolve(), 'already-exists')
  const upload = await staged(view, 'g', 'x')
  await refused(upload.publish({ as: rootKey }), 'is-directory')
  await upload.discard()
  assert.equal(await text(inner, 'in/f'), 'f')
})

test('keys are translated both ways, in every entry', async () => {
  const inner = memory()
  const view = prefixed(inner, key('in'))
  const upload = await view.stage(key('f'))
  await upload.append(body('abc'))
  assert.equal(upload.durableBytes, 3)
  assert.equal((await upload.publish({ as: key('g') })).key, 'g')
  assert.equal((await view.copy(key('g'), key('h'))).key, 'h')
  const file = await view.read(key('h'))
  await file.close()
  assert.equal(file.entry.key, 'h')
  assert.equal((await view.stat(key('h')))?.key, 'h')
  assert.equal(await text(inner, 'in/h'), 'abc')
})

test('a view can what the storage can, but for sweeping', () => {
  const inner = memory()
  const { rename: _, setMode: __, ...poor } = inner
  const capabilities = ['rename', 'setModified', 'setMode', 'makeRoot', 'availableBytes'] as const
  const able = (storage: Storage) => capabilities.filter((name) => storage[name] !== undefined)
  assert.deepEqual(able(prefixed(inner, key('in'))), able(inner))
  assert.deepEqual(able(prefixed(poor, key('in'))), ['setModified', 'makeRoot'])
  assert.equal(prefixed(inner, key('in')).sweep, undefined)
})

test('without a prefix the view is the storage', () => {
  const inner = memory()
  assert.equal(prefixed(inner, rootKey), inner)
})
