import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { VirtualPath } from '../../src/core/paths.ts'
import { openState } from '../../src/state/database.ts'
import { sqlStagedUploads } from '../../src/state/staged-uploads-sql.ts'
import { sqlWaitingUploads } from '../../src/state/waiting-uploads-sql.ts'
import { testOnEngines, type StateEngine } from '../helpers/state-engines.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const facts = {
  ...{ account: 'ann', storage: 'bucket', key: 'in/a.tmp', finalKey: 'in/a', ticket: 'sealed' },
  ...{ bytes: 2 ** 40, modified: new Date('2026-11-20T11:00:00Z'), hasOwnTime: false, hashes: { MD5: 'ab' } },
}

async function open(t: TestContext, engine: StateEngine) {
  const database = await openState(await engine.empty(t))
  t.after(() => database.close())
  const clock = turnedClock()
  const of = (owner: string) => sqlWaitingUploads(database, { owner, clock })
  return { one: of('one'), other: of('two'), staged: sqlStagedUploads(database, { owner: 'one', clock }), clock }
}

testOnEngines(
  'an upload that waits is found by its account under its name, with all that is known of it',
  async (t, engine) => {
    const { one, clock } = await open(t, engine)
    assert.deepEqual(await one.add(facts, 'open'), [])
    const found = await one.find('ann', 'bucket', 'in/a.tmp')
    assert.deepEqual(found, { ...facts, id: found?.id, endedAt: clock.now(), intent: null })
    for (const [account, storage, key] of [
      ['bob', 'bucket', 'in/a.tmp'],
      ['ann', 'files', 'in/a.tmp'],
      ['ann', 'bucket', 'in/a'],
    ] as const)
      assert.equal(await one.find(account, storage, key), null)
    assert.equal(await one.count('ann', 'bucket'), 1)
    assert.equal(await one.count('ann', 'files'), 0)
  },
)

testOnEngines(
  'a newer one of the same name takes the place of the older, but for one that somebody has',
  async (t, engine) => {
    const { one, other } = await open(t, engine)
    await one.add({ ...facts, ticket: 'first' }, 'open')
    assert.deepEqual(
      (await one.add({ ...facts, ticket: 'second' }, 'open')).map(({ ticket }) => ticket),
      ['first'],
    )
    assert.equal(await other.claim((await one.find('ann', 'bucket', 'in/a.tmp'))?.id ?? ''), true)
    assert.deepEqual(await one.add({ ...facts, ticket: 'third' }, 'open'), [])
    assert.equal((await one.find('ann', 'bucket', 'in/a.tmp'))?.ticket, 'third')
    assert.equal((await one.below('ann', 'bucket', '')).length, 1)
    assert.equal((await one.all()).length, 2)
  },
)

testOnEngines('its line in the journal of staged uploads goes in the same moment', async (t, engine) => {
  const { one, staged } = await open(t, engine)
  const line = { account: 'ann', path: '/in/a.tmp' as VirtualPath, storage: 'bucket' }
  await staged.add({ ...line, ticket: 'open' })
  await staged.add({ ...line, ticket: 'another' })
  await one.add(facts, 'open')
  assert.deepEqual(
    (await staged.all()).map(({ ticket }) => ticket),
    ['another'],
  )
})

testOnEngines('what waits below a directory, and not beside it, in the order of keys', async (t, engine) => {
  const { one } = await open(t, engine)
  for (const key of ['in0.tmp', 'in/b/c.tmp', 'in-a.tmp', 'in/a.tmp', 'in.tmp', 'in/\u{10ffff}.tmp', 'in/b.tmp'])
    await one.add({ ...facts, key }, 'open')
  const keys = async (directory: string) => (await one.below('ann', 'bucket', directory)).map(({ key }) => key)
  assert.deepEqual(await keys('in'), ['in/a.tmp', 'in/b.tmp', 'in/b/c.tmp', 'in/\u{10ffff}.tmp'])
  assert.equal((await keys('')).length, 7)
  assert.deepEqual(await keys('i'), [])
})

testOnEngines('one session has it, until it gives it back, dies, or the gateway starts anew', async (t, engine) => {
  const { one, other } = await open(t, engine)
  await one.add(facts, 'open')
  const { id } = (await one.find('ann', 'bucket', 'in/a.tmp')) ?? assert.fail()
  assert.deepEqual([await one.claim(id), await one.claim(id), await other.claim(id)], [true, false, false])
  await other.release(id)
  assert.equal(await other.claim(id), false)
  await one.release(id)
  assert.equal(await other.claim(id), true)
  await one.releaseClaims('tw')
  assert.equal(await one.claim(id), true)
  await other.releaseClaims('o')
  assert.equal(await other.claim(id), true)
  await other.remove(id)
  assert.equal(await other.claim(id), false)
})

testOnEngines('intent and time are noted; those that have waited long are told', async (t, engine) => {
  const { one, other, clock } = await open(t, engine)
  await one.add(facts, 'open')
  const { id } = (await one.find('ann', 'bucket', 'in/a.tmp')) ?? assert.fail()
  const modified = new Date('2020-01-02T03:04:05Z')
  await one.setModified(id, modified)
  await one.intend(id, 'divert')
  const [upload] = await other.all({ storage: 'bucket' })
  assert.deepEqual([upload?.modified, upload?.hasOwnTime, upload?.intent], [modified, true, 'divert'])
  await one.intend(id, null)
  assert.equal((await one.find('ann', 'bucket', 'in/a.tmp'))?.intent, null)
  assert.equal((await one.all({ endedBefore: clock.now() })).length, 0)
  clock.turn(1)
  assert.equal((await one.all({ endedBefore: clock.now() })).length, 1)
  assert.equal((await one.all({ storage: 'files' })).length, 0)
})
