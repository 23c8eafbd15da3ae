import assert from 'node:assert/strict'
import { parseKey } from '../../src/core/paths.ts'
import { openState } from '../../src/state/database.ts'
import { sqlFileTimes } from '../../src/state/file-times.ts'
import { testOnEngines } from '../helpers/state-engines.ts'

const key = (text: string) => parseKey(text)
const time = (version: string, milliseconds = 1000) => ({ version, modified: new Date(milliseconds) })

testOnEngines(
  'times are found for their storage when the state is opened again, as they were written last',
  async (t, engine) => {
    const options = await engine.empty(t)
    const first = await openState(options)
    const written = sqlFileTimes(first)
    await written.write('bucket', [
      [key('b'), time('v1')],
      [key('a'), time('v1')],
      [key('gone'), time('v1')],
    ])
    await written.write('bucket', [
      [key('a'), time('v2', 1_577_934_245_678)],
      [key('gone'), null],
    ])
    await first.close()
    const database = await openState(options)
    const times = sqlFileTimes(database)
    const found = await times.find('bucket', [key('a'), key('b'), key('gone'), key('never')])
    assert.deepEqual(Object.fromEntries(found), { a: time('v2', 1_577_934_245_678), b: time('v1') })
    assert.deepEqual(await times.find('other', [key('a')]), new Map())
    assert.deepEqual(await times.find('bucket', []), new Map())
    await database.close()
  },
)

testOnEngines('any number of keys may be asked for', async (t, engine) => {
  const database = await openState(await engine.empty(t))
  const times = sqlFileTimes(database)
  const keys = Array.from({ length: 3000 }, (_, number) => key(`${'k'.repeat(1000)}${number}`))
  await times.write(
    'bucket',
    [0, 1023, 1024, 2999].map((number) => [keys[number] ?? key('none'), time('v1')] as const),
  )
  assert.equal((await times.find('bucket', keys)).size, 4)
  await database.close()
})

testOnEngines('the oldest are forgotten when there are too many', async (t, engine) => {
  const database = await openState(await engine.empty(t))
  const times = sqlFileTimes(database, { most: 10 })
  await times.write('bucket', [[key('old'), time('v1')]])
  // Times are told in milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 5))
  await times.write(
    'bucket',
    Array.from({ length: 1000 }, (_, number) => [key(`new ${number}`), time('v1')] as const),
  )
  assert.equal((await times.find('bucket', [key('old')])).size, 0)
  assert.equal((await database.all('SELECT key FROM file_times')).length, 10)
  await database.close()
})
