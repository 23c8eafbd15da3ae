import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { editDistance, nearestWord } from '../../src/config/nearest.ts'

test('a slip of the finger finds its word, another word does not', () => {
  const known = ['listeners', 'limits', 'log', 'port', 'driver', 'directory']
  for (const [typed, meant] of Object.entries({
    listners: 'listeners',
    Limits: 'limits',
    prot: 'port',
    direktory: 'directory',
    drive: 'driver',
  }))
    assert.equal(nearestWord(typed, known), meant)
  for (const typed of ['banana', 'x', '']) assert.equal(nearestWord(typed, known), null)
})

test('the distance is 0 only for the same word, the same both ways, and at most the longer word', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b)
      assert.equal(distance === 0, a === b)
      assert.equal(distance, editDistance(b, a))
      assert.ok(distance <= Math.max(a.length, b.length) && distance >= Math.abs(a.length - b.length))
    }),
  )
})
