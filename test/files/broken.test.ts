import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/core/errors.ts'
import { longBytes } from '../../src/files/upload/broken.ts'
import { brokenUploads } from '../../src/state/broken-uploads.ts'
import { runningHere } from '../../src/state/running-uploads.ts'
import type { Storage } from '../../src/storage/contract.ts'
import { at, newStorage, put, readText, scene, testLedger, upload } from './fixture.ts'

const refused = { code: 'invalid-restart', message: /still the old file/ }

async function treeOver(text: string) {
  const main: Storage = newStorage()
  await put(main, 'f', text)
  return { main, tree: scene({ storages: { main } }).tree }
}

test('where the upload of a whole file broke off, nothing goes on from the old one until a new one is there', async () => {
  for (const verdict of ['cut', 'aborted', 'rejected'] as const) {
    const { tree } = await treeOver('old!')
    await upload(tree, '/f', { text: 'new co', verdict })
    assert.equal(await tree.size(at('/f')), 4)
    await assert.rejects(upload(tree, '/f', { text: 'content', start: 4 }), refused)
    await assert.rejects(upload(tree, '/f', { text: 'ontent', start: 2 }), refused)
    await assert.rejects(upload(tree, '/f', { text: 'content', mode: 'append' }), refused)
    assert.equal(await readText(tree, '/f'), 'old!')
    await upload(tree, '/f', { text: 'new ' })
    await upload(tree, '/f', { text: 'content', start: 4 })
    await upload(tree, '/f', { text: '.', mode: 'append' })
    assert.equal(await readText(tree, '/f'), 'new content.')
  }
})

test('a file that somebody else has put there meanwhile can be added to', async () => {
  const { main, tree } = await treeOver('old')
  await upload(tree, '/f', { text: 'new', verdict: 'cut' })
  await put(main, 'f', 'theirs')
  await upload(tree, '/f', { text: ' and mine', mode: 'append' })
  assert.equal(await readText(tree, '/f'), 'theirs and mine')
})

test('what was to be added can be sent again when it broke off', async () => {
  const { tree } = await treeOver('old')
  await upload(tree, '/f', { text: ' and ne', mode: 'append', verdict: 'cut' })
  await upload(tree, '/f', { text: ' and ne', start: 3, verdict: 'cut' })
  await upload(tree, '/f', { text: ' and new', start: 3 })
  assert.equal(await readText(tree, '/f'), 'old and new')
})

test('where it cannot be noted nothing goes on from the old file either, and everything from a new one', async () => {
  const main: Storage = newStorage()
  await put(main, 'f', 'old!')
  const full = async () => Promise.reject(new GatewayError('unavailable', 'The state directory cannot be used.'))
  const broken = brokenUploads({ note: full, has: async () => false }, runningHere())
  const { tree } = scene({ storages: { main }, broken })
  await upload(tree, '/f', { text: 'new co', verdict: 'cut' })
  await assert.rejects(upload(tree, '/f', { text: 'content', start: 4 }), refused)
  await put(main, 'f', 'theirs')
  await upload(tree, '/f', { text: ' and mine', mode: 'append' })
  assert.equal(await readText(tree, '/f'), 'theirs and mine')
})

test('where the store does not answer when an upload breaks off, everything goes on from the next file that comes whole', async () => {
  const main: Storage = newStorage()
  await put(main, 'f', 'old!')
  let isAway = false
  const stat: Storage['stat'] = async (key, options) => {
    if (isAway) throw new GatewayError('unavailable', 'The store does not answer.')
    return main.stat(key, options)
  }
  const { tree } = scene({ storages: { main: { ...main, stat } } })
  for (let times = 0; times < 2; times++) {
    const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
    isAway = true
    await pending.settle('cut')
    isAway = false
  }
  await assert.rejects(upload(tree, '/f', { text: 'content', start: 4 }), refused)
  await upload(tree, '/f', { text: 'new' })
  await upload(tree, '/f', { text: ' content', mode: 'append' })
  assert.equal(await readText(tree, '/f'), 'new content')
})

test('a count that fails does not take the warning with it', async () => {
  const main: Storage = newStorage()
  await put(main, 'f', 'old!')
  const quota = { ...testLedger(), adjust: async () => Promise.reject(new GatewayError('unavailable', 'No answer.')) }
  const { tree } = scene({ storages: { main }, quota, account: { quotaBytes: 1000 } })
  await upload(tree, '/f', { text: 'new co', verdict: 'cut' })
  await put(main, 'f', 'theirs')
  await upload(tree, '/f', { text: ' and mine', mode: 'append' })
  assert.equal(await readText(tree, '/f'), 'theirs and mine')
})

test('while a short upload runs, nothing goes on from the file that it is to replace', async () => {
  const { tree } = await treeOver('old')
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await assert.rejects(upload(tree, '/f', { text: 'more', mode: 'append' }), refused)
  await pending.append(bytes(1))
  await assert.rejects(upload(tree, '/f', { text: 'rest', start: 3 }), refused)
  await pending.settle('clean')
  await upload(tree, '/f', { text: '!', mode: 'append' })
  assert.equal(await tree.size(at('/f')), 1024 ** 2 + 1)
})

test('while a long upload runs, nothing goes on from the file that it is to replace', async () => {
  const { tree } = await treeOver('old')
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store' })
  await pending.append(bytes(longBytes))
  await assert.rejects(upload(tree, '/f', { text: 'rest', start: 3 }), refused)
  await pending.settle('clean')
  await upload(tree, '/f', { text: '!', mode: 'append' })
  assert.equal(await tree.size(at('/f')), longBytes + 1)
})

async function* bytes(count: number): AsyncGenerator<Uint8Array, void> {
  const chunk = Buffer.alloc(1024 ** 2)
  for (let sent = 0; sent < count; sent += chunk.length) yield chunk
}
