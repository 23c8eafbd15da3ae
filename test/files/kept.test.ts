import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Permission } from '../../src/accounts/account.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { expireKept } from '../../src/files/upload/expire-kept.ts'
import type { Storage } from '../../src/storage/contract.ts'
import {
  at,
  clock,
  contentOf,
  leftStaged,
  lent,
  namesIn,
  newStorage,
  put,
  readText,
  scene,
  testJournal,
  testLedger,
  upload,
  type TestJournal,
} from './fixture.ts'

const resume = { incompleteUploads: 'resume' as const }
const cut = { verdict: 'cut' as const }

interface Place {
  readonly main: Storage
  readonly staged: TestJournal
}

const outOfReach = (storage: Storage): Storage => ({ ...storage, restage: () => Promise.reject(new Error('away')) })

const newPlace = (): Place => ({ main: newStorage(), staged: testJournal() })

/** One more session of the account. */
const session = ({ main, staged }: Place, permissions?: readonly Permission[]) =>
  scene({ account: resume, storages: { main }, staged, ...(permissions && { permissions }) }).tree

test('a kept upload is unseen but for its length, and goes on in another session', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: 'first ', ...cut })
  const later = session(place)
  assert.deepEqual(await namesIn(later, '/'), [])
  await assert.rejects(later.stat(at('/f')), { code: 'not-found' })
  assert.equal(await later.size(at('/f')), 6)
  await upload(later, '/f', { text: 'second', start: 6 })
  assert.equal(await readText(later, '/f'), 'first second')
  assert.equal(await later.size(at('/f')), 12)
  assert.deepEqual(place.staged.all(), [])
})

test('it may go on before its end, and what lay behind is forgotten; beyond the end it may not', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: '012345', ...cut })
  const tree = session(place)
  await assert.rejects(upload(tree, '/f', { start: 7 }), { code: 'invalid-restart' })
  assert.equal(await tree.size(at('/f')), 6)
  await upload(tree, '/f', { text: 'X', start: 2 })
  assert.equal(await readText(tree, '/f'), '01X')
})

test('what lay behind stays when nothing came in its place', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: '012345', ...cut })
  const tree = session(place)
  const pending = await tree.prepareWrite(at('/f'), { mode: 'store', start: 2 })
  assert.equal((await pending.settle('rejected')).outcome, 'kept')
  assert.equal(await tree.size(at('/f')), 6)
})

test('APPE goes on at the end of what was kept, once and again', async () => {
  const place = newPlace()
  await put(place.main, 'log', 'old,')
  for (const text of ['one,', 'two,']) await upload(session(place), '/log', { text, mode: 'append', ...cut })
  assert.equal(await session(place).size(at('/log')), 12)
  await upload(session(place), '/log', { text: 'three', mode: 'append' })
  assert.deepEqual(await contentOf(place.main), { log: 'old,one,two,three' })
  assert.equal(await leftStaged(place.main, place.staged), 0)
})

test('STOR from the start begins anew; the old one goes when the new one is published or kept, not before', async () => {
  for (const verdict of ['clean', 'cut', 'rejected'] as const) {
    const place = newPlace()
    await upload(session(place), '/f', { text: 'kept', ...cut })
    await upload(session(place), '/f', { text: 'fresh!', verdict })
    const sizes = { clean: 6, cut: 6, rejected: 4 }
    assert.equal(await session(place).size(at('/f')), sizes[verdict])
    assert.equal(place.staged.all().length, verdict === 'clean' ? 0 : 1)
    assert.equal(await leftStaged(place.main, place.staged), 0)
  }
})

test('a new upload whose data connection never came leaves the kept one alone', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: 'kept', ...cut })
  await (await session(place).prepareWrite(at('/f'), { mode: 'store' })).settle('cut')
  assert.equal(await session(place).size(at('/f')), 4)
})

test('a kept overwrite with nothing durable yet says 0, or its client would go on from the old file', async () => {
  const place = newPlace()
  await put(place.main, 'f', 'old content')
  await upload(session(place), '/f', { text: '', ...cut })
  assert.equal(await session(place).size(at('/f')), 0)
})

test('one session at a time goes on with an upload', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: '0123', ...cut })
  const first = await session(place).prepareWrite(at('/f'), { mode: 'store', start: 4 })
  await assert.rejects(session(place).prepareWrite(at('/f'), { mode: 'store', start: 4 }), { code: 'invalid-restart' })
  await first.append(lent('45'))
  await first.settle('clean')
  assert.equal(await readText(session(place), '/f'), '012345')
})

test('after a restart the upload that ran is kept', async () => {
  const place = newPlace()
  const pending = await session(place).prepareWrite(at('/f'), { mode: 'store' })
  await pending.append(lent('half'))
  place.staged.restart()
  assert.equal(await session(place).size(at('/f')), 4)
})

test('an upload that the store has lost is forgotten', async () => {
  const place = newPlace()
  await put(place.main, 'f', 'old')
  await upload(session(place), '/f', { text: 'half of it', ...cut })
  await place.main.sweep?.([])
  assert.equal(await session(place).size(at('/f')), 3)
  assert.deepEqual(place.staged.all(), [])
})

test('another account sees nothing of it', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: 'half', ...cut })
  const other = scene({ account: { ...resume, name: 'bob' }, storages: { main: place.main }, staged: place.staged })
  await assert.rejects(other.tree.size(at('/f')), { code: 'not-found' })
})

test('without `overwrite` a kept upload over a file that came meanwhile is not offered', async () => {
  const place = newPlace()
  const rights = ['list', 'write', 'append'] as const
  await upload(session(place, rights), '/f', { text: 'half of it', ...cut })
  await put(place.main, 'f', 'other')
  assert.equal(await session(place, rights).size(at('/f')), 5)
  await upload(session(place, rights), '/f', { text: '!', mode: 'append' })
  assert.equal((await contentOf(place.main))['f'], 'other!')
})

test('kept uploads whose owners did not come back are discarded, and their room is free again', async () => {
  const place = newPlace()
  const quota = testLedger()
  const account = { ...resume, quotaBytes: 10 }
  const { tree, storages } = scene({ account, storages: { main: place.main }, staged: place.staged, quota })
  await upload(tree, '/old', { text: '123', ...cut })
  const running = await tree.prepareWrite(at('/running'), { mode: 'store' })
  const { staged } = place
  const options = { storages, staged, quota, logger: silentLogger, before: new Date(clock.now().getTime() + 1) }
  assert.equal(await expireKept({ ...options, storages: new Map([['main', outOfReach(place.main)]]) }), 0)
  assert.equal(await tree.size(at('/old')), 3)
  assert.equal(await expireKept({ ...options, before: clock.now() }), 0)
  assert.equal(await expireKept(options), 1)
  assert.equal(quota.bytes, 0)
  await running.append(lent('x'))
  await running.settle('clean')
  await assert.rejects(tree.size(at('/old')), { code: 'not-found' })
  assert.deepEqual(await contentOf(place.main), { running: 'x' })
})

test('a file that is deleted takes its kept upload along', async () => {
  const place = newPlace()
  await put(place.main, 'f', 'old')
  await upload(session(place), '/f', { text: 'half', ...cut })
  await session(place).remove(at('/f'))
  await assert.rejects(session(place).size(at('/f')), { code: 'not-found' })
  assert.equal(await leftStaged(place.main, place.staged), 0)
})

test('what is kept of an upload can be deleted where there is no file yet; the second time there is nothing', async () => {
  const place = newPlace()
  await upload(session(place), '/f', { text: 'half', ...cut })
  await assert.rejects(session(place, ['write', 'read', 'list']).remove(at('/f')), { code: 'permission-denied' })
  assert.equal(await session(place).size(at('/f')), 4)
  await session(place).remove(at('/f'))
  await assert.rejects(session(place).size(at('/f')), { code: 'not-found' })
  assert.equal(await leftStaged(place.main, place.staged), 0)
  await assert.rejects(session(place).remove(at('/f')), { code: 'not-found' })
})

test('a drop box resumes its own upload, and may not publish it over what came meanwhile', async () => {
  const place = newPlace()
  await upload(session(place, ['write']), '/f', { text: 'half,', ...cut })
  const box = session(place, ['write'])
  assert.equal(await box.size(at('/f')), 5)
  await upload(box, '/f', { text: 'rest', start: 5 })
  assert.deepEqual(await contentOf(place.main), { f: 'half,rest' })

  await upload(box, '/g', { text: 'half', ...cut })
  const pending = await box.prepareWrite(at('/g'), { mode: 'append' })
  await put(place.main, 'g', 'not yours')
  await pending.append(lent('rest'))
  await assert.rejects(pending.settle('clean'), { code: 'permission-denied' })
  await assert.rejects(box.size(at('/g')), { code: 'permission-denied' })
  assert.equal((await contentOf(place.main))['g'], 'not yours')
})

test('with `append` alone a cut upload is not kept: going on before its end would replace the old bytes', async () => {
  const place = newPlace()
  await put(place.main, 'log', 'AAAA')
  const tree = session(place, ['list', 'append'])
  assert.equal((await upload(tree, '/log', { text: 'BB', mode: 'append', ...cut })).outcome, 'discarded')
  await assert.rejects(upload(tree, '/log', { text: 'X', start: 1 }), { code: 'permission-denied' })
  assert.deepEqual(await contentOf(place.main), { log: 'AAAA' })
  assert.deepEqual(place.staged.all(), [])
})

test('a folder that is removed with all it holds takes the uploads kept in it along, and their room', async () => {
  const place = newPlace()
  const quota = testLedger()
  const tree = scene({
    account: { ...resume, quotaBytes: 1000 },
    ...{ storages: { main: place.main }, staged: place.staged, quota },
  }).tree
  for (const folder of ['/d', '/d/e', '/de']) await tree.makeDirectory(at(folder))
  await upload(tree, '/d/e/f', { text: 'kept', ...cut })
  await upload(tree, '/de/f', { text: 'stays', ...cut })
  assert.equal(quota.bytes, 9)
  await tree.removeTree(at('/d'))
  assert.deepEqual(
    place.staged.all().map(({ path }) => path),
    ['/de/f'],
  )
  assert.equal(quota.bytes, 5)
  assert.equal(await leftStaged(place.main, place.staged), 0)
})
