import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/core/errors.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { parseKey, type ObjectKey } from '../../../src/core/paths.ts'
import type { KeptTime, KeptTimes } from '../../../src/storage/driver.ts'
import { timesBehind } from '../../../src/storage/object-storage/kept-times.ts'
import { knownTimes } from '../../../src/storage/object-storage/known-times.ts'

const key = (text: string): ObjectKey => parseKey(text)
const at = (seconds: number) => new Date(seconds * 1000)
const one = [{ key: key('a'), version: 'v1' }]

/** Rows that several processes share, and that can be out of reach. */
function table() {
  const rows = new Map<ObjectKey, KeptTime>()
  const shared = { rows, isDown: false, writes: 0 }
  const reach = () => {
    if (shared.isDown) throw new GatewayError('unavailable', 'Down.')
  }
  const kept: KeptTimes = {
    async find(_, keys) {
      reach()
      return new Map(keys.flatMap((name) => (rows.has(name) ? [[name, rows.get(name) ?? assert.fail()]] : [])))
    },
    async write(_, changes) {
      reach()
      shared.writes++
      for (const [name, time] of changes) {
        if (time === null) rows.delete(name)
        else rows.set(name, time)
      }
    },
  }
  return Object.assign(shared, {
    process: (most = 100) => knownTimes(most, timesBehind({ kept, storage: 'bucket', logger: silentLogger })),
  })
}

test('what one process notes another knows once it has loaded it, for that content alone', async () => {
  const shared = table()
  const [first, second] = [shared.process(), shared.process()]
  first.note(key('a'), 'v1', at(1))
  await first.settled()
  assert.equal(second.of(key('a'), 'v1'), null)
  await second.load(one)
  assert.deepEqual(second.of(key('a'), 'v1'), at(1))
  await second.load([{ key: key('a'), version: 'v2' }])
  assert.equal(second.of(key('a'), 'v2'), null)
})

test('the same content may be given another time, or lose its own, by another process', async () => {
  const shared = table()
  const [first, second] = [shared.process(), shared.process()]
  first.note(key('a'), 'v1', at(1))
  await first.settled()
  second.note(key('a'), 'v1', at(2))
  await second.settled()
  await first.load(one)
  assert.deepEqual(first.of(key('a'), 'v1'), at(2))
  second.note(key('a'), 'v1', null)
  await second.settled()
  await first.load(one)
  assert.equal(first.of(key('a'), 'v1'), null)
})

test('what is still to be written is known better than what others have written', async () => {
  const shared = table()
  const times = shared.process()
  shared.rows.set(key('a'), { version: 'v1', modified: at(1) })
  times.note(key('a'), 'v1', at(2))
  await times.load(one)
  assert.deepEqual(times.of(key('a'), 'v1'), at(2))
  await times.settled()
  const loading = times.load(one)
  times.note(key('a'), 'v1', at(3))
  await loading
  assert.deepEqual(times.of(key('a'), 'v1'), at(3))
  await times.settled()
  assert.deepEqual(shared.rows.get(key('a'))?.modified, at(3))
})

test('a file that is looked at is written about only where it bears news', async () => {
  const shared = table()
  const times = shared.process()
  times.meet(key('a'), 'v1', null)
  await times.settled()
  assert.equal(shared.writes, 0)
  times.meet(key('a'), 'v1', at(1))
  await times.settled()
  times.meet(key('a'), 'v1', at(1))
  await times.settled()
  assert.equal(shared.writes, 1)
  times.meet(key('a'), 'v1', null)
  await times.settled()
  assert.equal(shared.rows.size, 0)
})

test('times of markers stay in the process', async () => {
  const shared = table()
  const times = shared.process()
  times.noteHere('d/' as ObjectKey, 'marker', at(1))
  await times.settled()
  assert.deepEqual(times.of('d/' as ObjectKey, 'marker'), at(1))
  assert.equal(shared.rows.size, 0)
})

test('while the state is out of reach the process goes on with what it knows, and writes it later', async () => {
  const shared = table()
  const times = shared.process()
  shared.isDown = true
  times.note(key('a'), 'v1', at(1))
  await times.settled()
  await times.load([...one, { key: key('b'), version: 'v1' }])
  assert.deepEqual(times.of(key('a'), 'v1'), at(1))
  shared.isDown = false
  await times.settled()
  assert.deepEqual(shared.rows.get(key('a')), { version: 'v1', modified: at(1) })
})

test('many are written in batches, and no more wait than allowed: the oldest give way', async () => {
  const shared = table()
  const times = shared.process(20_000)
  for (let number = 0; number < 10_001; number++) times.note(key(`f${number}`), 'v1', at(1))
  await times.settled()
  assert.deepEqual([shared.rows.size, shared.writes, shared.rows.has(key('f0'))], [10_000, 100, false])
})
