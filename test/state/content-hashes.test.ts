import assert from 'node:assert/strict'
import { sqlContentHashes } from '../../src/state/content-hashes.ts'
import { openState } from '../../src/state/database.ts'
import { testOnEngines } from '../helpers/state-engines.ts'

testOnEngines('a hash is found by its name when the state is opened again, and by no other', async (t, engine) => {
  const options = await engine.empty(t)
  const first = await openState(options)
  await sqlContentHashes(first, { most: 10 }).add('a', 'ab12')
  await sqlContentHashes(first, { most: 10 }).add('a', 'other')
  await first.close()
  const database = await openState(options)
  const hashes = sqlContentHashes(database, { most: 10 })
  assert.equal(await hashes.find('a'), 'ab12')
  assert.equal(await hashes.find('b'), null)
  await database.close()
})

testOnEngines('the oldest are forgotten when there are too many', async (t, engine) => {
  const database = await openState(await engine.empty(t))
  const hashes = sqlContentHashes(database, { most: 10 })
  await hashes.add('old', 'ab')
  // Times are told in milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 5))
  for (let number = 1; number < 100; number++) await hashes.add(`new ${number}`, 'ab')
  assert.equal(await hashes.find('old'), null)
  assert.equal((await database.all('SELECT name FROM content_hashes')).length, 10)
  await database.close()
})
