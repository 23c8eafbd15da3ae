import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { VirtualPath } from '../../src/core/paths.ts'
import { openState } from '../../src/state/database.ts'
import { sqlStagedUploads } from '../../src/state/staged-uploads-sql.ts'
import { testOnEngines, type StateEngine } from '../helpers/state-engines.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const path = '/in/report.csv' as VirtualPath
const begun = { account: 'alice', path, storage: 'files', ticket: 'first' }

async function journals(t: TestContext, engine: StateEngine) {
  const database = await openState(await engine.empty(t))
  t.after(() => database.close())
  const clock = turnedClock()
  const journalOf = (owner: string) => sqlStagedUploads(database, { owner, clock })
  return { journal: journalOf('one'), other: journalOf('two'), clock }
}

testOnEngines('an upload that runs is noted, and cannot be resumed', async (t, engine) => {
  const { journal } = await journals(t, engine)
  const id = await journal.add(begun)
  assert.equal(await journal.find('alice', path), null)
  assert.equal(await journal.claim(id), null)
  const [record] = await journal.all()
  const now = new Date('2026-11-20T12:00:00Z')
  assert.deepEqual(record, { ...begun, id, createdAt: now, touchedAt: now, isKept: false })
})

testOnEngines('a kept upload is found by its owner under its path, with its newest ticket', async (t, engine) => {
  const { journal, clock } = await journals(t, engine)
  const id = await journal.add(begun)
  clock.turn(1000)
  await journal.keep(id, 'second')
  const found = await journal.find('alice', path)
  assert.equal(found?.ticket, 'second')
  assert.equal(found?.isKept, true)
  assert.deepEqual(found?.touchedAt, clock.now())
  assert.equal(await journal.find('bob', path), null)
  assert.equal(await journal.find('alice', '/in' as VirtualPath), null)
})

testOnEngines('of several kept uploads the newest is found', async (t, engine) => {
  const { journal, clock } = await journals(t, engine)
  const [first, second] = [await journal.add(begun), await journal.add(begun)]
  await journal.keep(second, 'b')
  clock.turn(1)
  await journal.keep(first, 'a')
  assert.equal((await journal.find('alice', path))?.id, first)
  await journal.remove(first)
  assert.equal((await journal.find('alice', path))?.id, second)
})

testOnEngines(
  'one session alone takes a kept upload, in whatever process; the others still see it',
  async (t, engine) => {
    const { journal, other } = await journals(t, engine)
    const id = await journal.add(begun)
    await journal.keep(id, 'second')
    assert.equal((await other.claim(id))?.ticket, 'second')
    assert.equal(await other.claim(id), null)
    assert.equal(await journal.claim(id), null)
    assert.deepEqual(
      [(await journal.find('alice', path))?.id, (await journal.find('alice', path))?.isKept],
      [id, false],
    )
    await other.keep(id, 'third')
    assert.equal((await journal.claim(id))?.ticket, 'third')
  },
)

testOnEngines('only who has claimed an upload gives it back', async (t, engine) => {
  const { journal, other } = await journals(t, engine)
  const id = await journal.add(begun)
  await other.keep(id, 'stolen')
  assert.equal(await journal.find('alice', path), null)
  await journal.keep(id, 'second')
  assert.equal((await journal.find('alice', path))?.ticket, 'second')
})

testOnEngines('an upload that was removed is forgotten', async (t, engine) => {
  const { journal } = await journals(t, engine)
  const id = await journal.add(begun)
  await journal.keep(id, 'second')
  await journal.remove(id)
  assert.equal(await journal.claim(id), null)
  assert.equal(await journal.find('alice', path), null)
  assert.deepEqual(await journal.all(), [])
})

testOnEngines('what a dead worker was writing is kept, and what others write goes on', async (t, engine) => {
  const { journal, other } = await journals(t, engine)
  const [mine, theirs] = [await journal.add(begun), await other.add({ ...begun, account: 'bob' })]
  assert.equal(await other.releaseClaims('one'), 1)
  assert.equal((await other.find('alice', path))?.id, mine)
  assert.equal(await other.find('bob', path), null)
  assert.ok(await other.claim(mine))
  assert.equal(await journal.releaseClaims(''), 2)
  assert.equal((await journal.find('bob', path))?.id, theirs)
})

testOnEngines('the journal is listed by storage and by age', async (t, engine) => {
  const { journal, clock } = await journals(t, engine)
  const old = await journal.add(begun)
  clock.turn(1000)
  const start = clock.now()
  const young = await journal.add({ ...begun, storage: 'bucket' })
  const ids = async (filter?: Parameters<typeof journal.all>[0]) =>
    (await journal.all(filter)).map((record) => record.id)
  assert.deepEqual(await ids(), [old, young])
  assert.deepEqual(await ids({ storage: 'bucket' }), [young])
  assert.deepEqual(await ids({ before: start }), [old])
  assert.deepEqual(await ids({ storage: 'bucket', before: start }), [])
})
