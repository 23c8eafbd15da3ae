import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compareEntries, compareKeys } from '../../src/core/key-order.ts'

const name = fc.string({ unit: 'binary', maxLength: 8 })

test('keys compare as their UTF-8 bytes do', () => {
  const near = fc.constantFrom('\u{e000}', '\u{fffd}', '\u{ffff}', '\u{10000}', '\u{1f600}', '\u{d7ff}', 'a', '')
  const key = fc.array(fc.oneof(near, name)).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(key, key, (a, b) => {
      assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
  )
})

test('a key above U+FFFF comes behind one below it, other than in the order of JavaScript', () => {
  const keys = ['\u{1f600}', '\u{fffd}']
  assert.deepEqual(keys.toSorted(compareKeys), ['\u{fffd}', '\u{1f600}'])
  assert.deepEqual(keys.toSorted(), ['\u{1f600}', '\u{fffd}'])
})

test('a directory compares with a slash behind its key', () => {
  const file = (key: string) => ({ kind: 'file', key }) as const
  const directory = (key: string) => ({ kind: 'directory', key }) as const
  assert.ok(compareEntries(directory('a'), file('a-')) > 0)
  assert.ok(compareEntries(directory('a'), file('a0')) < 0)
  assert.ok(compareEntries(file('a'), directory('a')) < 0)
})
