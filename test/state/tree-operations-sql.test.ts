import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { openState } from '../../src/state/database.ts'
import { sqlTreeOperations } from '../../src/state/tree-operations-sql.ts'
import { testOnEngines, type StateEngine } from '../helpers/state-engines.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const move = {
  ...{ account: 'ann', storage: 'bucket', source: 'in/a', target: 'in/b', total: 5000 },
  ...{ sourcePath: '/a', targetPath: '/b' },
}
const removal = { ...move, source: 'out/c', target: null, targetPath: null, total: 0 }

async function journals(t: TestContext, engine: StateEngine) {
  const database = await openState(await engine.empty(t))
  t.after(() => database.close())
  const clock = turnedClock()
  const journalOf = (owner: string) => sqlTreeOperations(database, { owner, clock })
  return { journal: journalOf('one'), other: journalOf('two'), clock }
}

testOnEngines('a folder under way is noted with how far it is, and belongs to who began it', async (t, engine) => {
  const { journal, other } = await journals(t, engine)
  const record = await journal.begin(move)
  assert.ok(record)
  assert.deepEqual(record, { ...move, id: record.id, phase: 'copying', after: null, done: 0 })
  assert.equal(await other.claim(record.id), null)
  assert.deepEqual(await other.due(), [])
  await journal.progress(record.id, { phase: 'removing', after: 'x/y', done: 1000 })
  const now = await other.covering('bucket', 'in/a/x')
  assert.deepEqual(now, { ...record, phase: 'removing', after: 'x/y', done: 1000 })
})

testOnEngines('it holds both folders, all below and all above, and no other', async (t, engine) => {
  const { journal } = await journals(t, engine)
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

testOnEngines('what is left is due at its time, and goes to one alone', async (t, engine) => {
  const { journal, other, clock } = await journals(t, engine)
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

testOnEngines('what a dead worker or a dead gateway did is left to others at once', async (t, engine) => {
  const { journal, other } = await journals(t, engine)
  const one = await journal.begin(move)
  const two = await other.begin(removal)
  assert.equal(await journal.releaseClaims('two'), 1)
  assert.deepEqual(await journal.due(), [two])
  await journal.releaseClaims('')
  assert.deepEqual(await journal.due(), [one, two])
})

testOnEngines('of many that want the same folder at once, one gets it', async (t, engine) => {
  const { journal, other } = await journals(t, engine)
  const wishes = Array.from({ length: 12 }, (_, number) => ({ ...move, source: `in/a/${number}` }))
  const begin = async (wish: typeof move, number: number) => (number % 2 === 0 ? journal : other).begin(wish)
  const begun = await Promise.all(wishes.map(begin))
  assert.equal(begun.filter((record) => record !== null).length, 1)
})
