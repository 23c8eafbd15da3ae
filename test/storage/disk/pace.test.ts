import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diskPace } from '../../../src/storage/drivers/disk/io/pace.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'

test('a disk is quick until a call waits for it, and again after ten seconds of rest', () => {
  const clock = turnedClock()
  const pace = diskPace(() => clock.monotonic())
  pace.timed(() => clock.turn(10))
  assert.equal(pace.isQuick(), true)
  pace.timed(() => clock.turn(11))
  assert.equal(pace.isQuick(), false)
  clock.turn(9_999)
  assert.equal(pace.isQuick(), false)
  clock.turn(1)
  assert.equal(pace.isQuick(), true)
})

test('a call that fails late counts as slow, and its error passes', () => {
  const clock = turnedClock()
  const pace = diskPace(() => clock.monotonic())
  const fail = () => {
    clock.turn(500)
    throw new Error('EIO')
  }
  assert.throws(() => pace.timed(fail), /EIO/)
  assert.equal(pace.isQuick(), false)
})
