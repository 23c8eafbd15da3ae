import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bufferPool } from '../../src/core/buffer-pool.ts'

test('the smallest buffer that holds so much is given, and given again once it was returned', () => {
  const pool = bufferPool([
    { bytes: 16, idle: 1 },
    { bytes: 64, idle: 1 },
  ])
  assert.equal(pool.largestBytes, 64)
  assert.deepEqual(
    [pool.lease(1).length, pool.lease(17).length, pool.lease(1000).length, pool.lease().length],
    [16, 64, 64, 64],
  )
  const [one, two] = [pool.lease(16), pool.lease(16)]
  assert.notEqual(one, two)
  pool.release(one)
  pool.release(two)
  assert.equal(pool.lease(16), one)
  assert.notEqual(pool.lease(16), two)
})

test('where there may be no more of a size, the next smaller one is given until one was returned or forgotten', () => {
  const pool = bufferPool([
    { bytes: 16, idle: 4 },
    { bytes: 64, idle: 4, most: 2 },
  ])
  const [one, two] = [pool.lease(), pool.lease()]
  assert.deepEqual([one.length, two.length, pool.lease().length, pool.lengthFor(64)], [64, 64, 16, 16])
  pool.release(one)
  assert.equal(pool.lengthFor(64), 64)
  assert.equal(pool.lease(), one)
  pool.forget(two)
  const other = pool.lease()
  assert.deepEqual([other.length, other === two], [64, false])
})

test('a buffer of another length is none of the pool', () => {
  const pool = bufferPool([{ bytes: 16, idle: 4 }])
  pool.release(Buffer.alloc(17))
  pool.forget(Buffer.alloc(17))
  assert.equal(pool.lease(17).length, 16)
})
