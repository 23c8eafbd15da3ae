import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { VirtualPath } from '../../src/core/paths.ts'
import { openState } from '../../src/state/database.ts'
import { sqlStagedUploads } from '../../src/state/staged-uploads-sql.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const path = '/in/report.csv' as VirtualPath
const begun = { account: 'alice', path, storage: 'files', ticket: 'first' }

function journals(t: TestContext) {
  const database = openState(temporaryFolder(t))
  t.after(() => database.close())
  const clock = turnedClock()
  const journalOf = (owner: string) => sqlStagedUploads(database, { owner, clock })
  return { journal: journalOf('one'), other: journalOf('two'), clock }
}

test('an upload that runs is noted, and cannot be resumed', (t) => {
  const { journal } = journals(t)
  const id = journal.add(begun)
  assert.equal(journal.find('alice', path), null)
  assert.equal(journal.claim(id), null)
  const [record] = journal.all()
  const now = new Date('2026-11-20T12:00:00Z')
  assert.deepEqual(record, { ...begun, id, createdAt: now, touchedAt: now, isKept: false })
})

test('a kept upload is found by its owner under its path, with its newest ticket', (t) => {
  const { journal, clock } = journals(t)
  const id = journal.add(begun)
  clock.turn(1000)
  journal.keep(id, 'second')
  const found = journal.find('alice', path)
  assert.equal(found?.ticket, 'second')
  assert.equal(found?.isKept, true)
  assert.deepEqual(found?.touchedAt, clock.now())
  assert.equal(journal.find('bob', path), null)
  assert.equal(journal.find('alice', '/in' as VirtualPath), null)
})

test('of several kept uploads the newest is found', (t) => {
  const { journal, clock } = journals(t)
  const [first, second] = [journal.add(begun), journal.add(begun)]
  journal.keep(second, 'b')
  clock.turn(1)
  journal.keep(first, 'a')
  assert.equal(journal.find('alice', path)?.id, first)
  journal.remove(first)
  assert.equal(journal.find('alice', path)?.id, second)
})

test('one session alone takes a kept upload, in whatever process; the others still see it', (t) => {
  const { journal, other } = journals(t)
  const id = journal.add(begun)
  journal.keep(id, 'second')
  assert.equal(other.claim(id)?.ticket, 'second')
  assert.equal(other.claim(id), null)
  assert.equal(journal.claim(id), null)
  assert.deepEqual([journal.find('alice', path)?.id, journal.find('alice', path)?.isKept], [id, false])
  other.keep(id, 'third')
  assert.equal(journal.claim(id)?.ticket, 'third')
})

test('only who has claimed an upload gives it back', (t) => {
  const { journal, other } = journals(t)
  const id = journal.add(begun)
  other.keep(id, 'stolen')
  assert.equal(journal.find('alice', path), null)
  journal.keep(id, 'second')
  assert.equal(journal.find('alice', path)?.ticket, 'second')
})

test('an upload that was removed is forgotten', (t) => {
  const { journal } = journals(t)
  const id = journal.add(begun)
  journal.keep(id, 'second')
  journal.remove(id)
  assert.equal(journal.claim(id), null)
  assert.equal(journal.find('alice', path), null)
  assert.deepEqual(journal.all(), [])
})

test('what a dead worker was writing is kept, and what others write goes on', (t) => {
  const { journal, other } = journals(t)
  const [mine, theirs] = [journal.add(begun), other.add({ ...begun, account: 'bob' })]
  assert.equal(other.releaseClaims('one'), 1)
  assert.equal(other.find('alice', path)?.id, mine)
  assert.equal(other.find('bob', path), null)
  assert.ok(other.claim(mine))
  assert.equal(journal.releaseAll(), 2)
  assert.equal(journal.find('bob', path)?.id, theirs)
})

test('the journal is listed by storage and by age', (t) => {
  const { journal, clock } = journals(t)
  const old = journal.add(begun)
  clock.turn(1000)
  const start = clock.now()
  const young = journal.add({ ...begun, storage: 'bucket' })
  const ids = (filter?: Parameters<typeof journal.all>[0]) => journal.all(filter).map((record) => record.id)
  assert.deepEqual(ids(), [old, young])
  assert.deepEqual(ids({ storage: 'bucket' }), [young])
  assert.deepEqual(ids({ before: start }), [old])
  assert.deepEqual(ids({ storage: 'bucket', before: start }), [])
})
