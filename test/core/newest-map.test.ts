import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { newestMap } from '../../src/core/newest-map.ts'

test('the oldest gives way, and is told; what is set again is new', () => {
  const map = newestMap<string, number>(2)
  assert.deepEqual([map.set('a', 1), map.set('b', 2), map.set('a', 3)], [null, null, null])
  assert.deepEqual(map.set('c', 4), ['b', 2])
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [3, undefined, 4])
  map.delete('a')
  assert.equal(map.set('d', 5), null)
  map.clear()
  assert.deepEqual([map.get('c'), map.get('d')], [undefined, undefined])
})

test('it knows the keys that were set last, whatever was set', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 9 })), (most, keys) => {
      const map = newestMap<number, number>(most)
      keys.forEach((key, at) => map.set(key, at))
      const last = new Set([...new Set(keys.toReversed())].slice(0, most))
      for (let key = 0; key <= 9; key++) assert.equal(map.get(key), last.has(key) ? keys.lastIndexOf(key) : undefined)
    }),
  )
})
