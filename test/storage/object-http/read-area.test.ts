import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readArea } from '../../../src/storage/object-http/http/read-area.ts'

test('what is read stays as it is until the next is asked for, however reads are bundled and whatever is due', () => {
  const reads = fc.array(fc.array(fc.integer({ min: 1, max: 16_384 }), { minLength: 1, maxLength: 40 }), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(reads, fc.infiniteStream(fc.integer({ min: 0, max: 400_000 })), (batches, dues) => {
      const area = readArea({ bundles: true })
      let free = area.free()
      let written = 0
      let seen = 0
      for (const batch of batches) {
        for (let left of batch) {
          while (left > 0) {
            const bytes = Math.min(left, free.length)
            for (let i = 0; i < bytes; i++) free[i] = (written + i) % 251
            written += bytes
            left -= bytes
            area.took(bytes)
            free = area.free()
            assert.ok(free.length >= 8192)
          }
        }
        for (let chunk = area.next(); chunk !== null; chunk = area.next()) {
          area.expect(dues.next().value)
          assert.ok(chunk.every((byte, i) => byte === (seen + i) % 251))
          seen += chunk.length
        }
        assert.equal(seen, written)
      }
    }),
    { numRuns: 50 },
  )
})

for (const bundles of [false, true]) {
  test(`a buffer is as long as what is due, up to 256 KiB, and short again at the end (${bundles ? 'TLS' : 'clear'})`, () => {
    const area = readArea({ bundles })
    const read = (bytes: number) => {
      area.took(bytes)
      const { length } = area.free()
      assert.equal(area.next()?.length, bytes)
      assert.equal(area.next(), null)
      return Math.ceil(length / 1024 / 16) * 16
    }
    assert.equal(area.free().length, 16_384)
    assert.equal(read(300), 16)
    area.expect(1_000_000)
    assert.equal(read(100), 256)
    area.expect(16_384)
    assert.equal(read(16_383) > 16, true)
    assert.equal(read(1), 16)
    area.expect(40_000)
    assert.equal(read(8_000), 64)
  })
}

test('what has come and was not yet given is not due any more', () => {
  const area = readArea({ bundles: true })
  area.free()
  area.took(300)
  area.free()
  area.expect(200)
  area.took(5)
  assert.equal(area.free().length, 16_384 - 305)
})
