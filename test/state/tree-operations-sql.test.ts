import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { openState } from '../../src/state/database.ts'
import { sqlTreeOperations } from '../../src/state/tree-operations-sql.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const move = {
  ...{ account: 'ann', storage: 'bucket', source: 'in/a', target: 'in/b', total: 5000 },
  ...{ sourcePath: '/a', targetPath: '/b' },
}
const removal = { ...move, source: 'out/c', target: null, targetPath: null, total: 0 }

function journals(t: TestContext) {
  const database = openState(temporaryFolder(t))
  t.after(() => database.close())
  const clock = turnedClock()
  const journalOf = (owner: string) => sqlTreeOperations(database, { owner, clock })
  return { journal: journalOf('one'), other: journalOf('two'), clock }
}

test('a folder under way is noted with how far it is, and belongs to who began it', async (t) => {
  const { journal, other } = journals(t)
  const record = await journal.begin(move)
  assert.ok(record)
  assert.deepEqual(record, { ...move, id: record.id, phase: 'copying', after: null, done: 0 })
  assert.equal(await other.claim(record.id), null)
  assert.deepEqual(await other.due(), [])
  await journal.progress(record.id, { phase: 'removing', after: 'x/y', done: 1000 })
  const now = await other.covering('bucket', 'in/a/x')
  assert.deepEqual(now, { ...record, phase: 'removing', after: 'x/y', done: 1000 })
})

test('it holds both folders, all below and all above, and no other', async (t) => {
  const { journal } = journals(t)
  await journal.begin(move)
  await journal.begin(removal)
  const isHeld = async (key: string, storage = 'bucket') => (await journal.covering(storage, key)) !== null
  for (const key of ['in/a', 'in/a/x', 'in/b', 'in/b/x/y', 'in', '', 'out/c/d'])
    assert.equal(await isHeld(key), true, key)
  for (const key of ['in/ab', 'in/c', 'inn', 'out/cc']) assert.equal(await isHeld(key), false, key)
  assert.equal(await isHeld('in/a', 'other'), false)
  assert.equal(await journal.begin({ ...move, source: 'in/b/x', target: 'z' }), null)
  assert.equal(await journal.begin({ ...move, source: 'y', target: 'in/a/z' }), null)
  assert.ok(await journal.begin({ ...move, storage: 'other' }))
})

test('what is left is due at its time, and goes to one alone', async (t) => {
  const { journal, other, clock } = journals(t)
  const record = await journal.begin(move)
  assert.ok(record)
  await other.release(record.id, clock.now())
  assert.deepEqual(await other.due(), [])
  await journal.release(record.id, new Date(clock.now().getTime() + 1000))
  assert.deepEqual(await other.due(), [])
  clock.turn(1000)
  assert.deepEqual(await other.due(), [record])
  assert.deepEqual(await other.claim(record.id), record)
  assert.equal(await journal.claim(record.id), null)
  await other.finish(record.id)
  assert.equal(await journal.covering('bucket', 'in/a'), null)
})

test('what a dead worker or a dead gateway did is left to others at once', async (t) => {
  const { journal, other } = journals(t)
  const one = await journal.begin(move)
  const two = await other.begin(removal)
  assert.equal(journal.releaseClaims('two'), 1)
  assert.deepEqual(await journal.due(), [two])
  journal.releaseAll()
  assert.deepEqual(await journal.due(), [one, two])
})
