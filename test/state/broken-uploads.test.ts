import assert from 'node:assert/strict'
import { sqlBrokenNotes } from '../../src/state/broken-uploads.ts'
import { openState } from '../../src/state/database.ts'
import { testOnEngines } from '../helpers/state-engines.ts'

const file = { account: 'ada', storage: 'files', key: 'a/b', version: '1' }
const kept = { keptMilliseconds: 60_000 }

testOnEngines('a file whose upload broke off is known when the state is opened again', async (t, engine) => {
  const options = await engine.empty(t)
  const first = await openState(options)
  await sqlBrokenNotes(first, kept).note(file)
  await sqlBrokenNotes(first, kept).note(file)
  await first.close()
  const database = await openState(options)
  const broken = sqlBrokenNotes(database, kept)
  assert.equal(await broken.has(file), true)
  for (const other of [{ account: 'bob' }, { storage: 'more' }, { key: 'a' }, { version: '2' }])
    assert.equal(await broken.has({ ...file, ...other }), false, JSON.stringify(other))
  await broken.note({ ...file, version: '2' })
  assert.deepEqual([await broken.has(file), await broken.has({ ...file, version: '2' })], [false, true])
  await database.close()
})

testOnEngines('after its time it is forgotten, and its line goes with the next one', async (t, engine) => {
  const database = await openState(await engine.empty(t))
  // A time in the future is as good as one that has passed.
  const broken = sqlBrokenNotes(database, { keptMilliseconds: -60_000 })
  await broken.note(file)
  assert.equal(await broken.has(file), false)
  await broken.note({ ...file, key: 'c' })
  const rows = await database.all('SELECT key FROM broken_uploads')
  assert.deepEqual(
    rows.map(({ key }) => key),
    ['c'],
  )
  await database.close()
})
