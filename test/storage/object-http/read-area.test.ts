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
      area.close()
    }),
    { numRuns: 50 },
  )
})

for (const bundles of [false, true]) {
  test(`a buffer is as long as what is due, up to 1 MiB, and short again at the end (${bundles ? 'TLS' : 'clear'})`, () => {
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
    area.expect(4_000_000)
    assert.equal(read(100), 1024)
    area.expect(16_384)
    assert.equal(read(16_383) > 16, true)
    assert.equal(read(1), 16)
    area.expect(40_000)
    assert.equal(read(8_000), 64)
    area.close()
  })
}

test('two connections at a time read into 1 MiB, others into 256 KiB, until one of those is closed or has read all', () => {
  const opened = () => {
    const area = readArea({ bundles: false })
    area.free()
    const read = (bytes: number, due: number) => {
      area.expect(due)
      area.took(bytes)
      const { length } = area.free()
      area.next()
      area.next()
      return length / 1024
    }
    return { area, read }
  }
  const [one, two, three] = [opened(), opened(), opened()]
  assert.deepEqual(
    [one, two, three].map(({ read }) => read(1, 9_000_000)),
    [1024, 1024, 256],
  )
  one.area.close()
  one.area.close()
  assert.equal(three.read(1, 9_000_000), 1024)
  assert.equal(two.read(100, 100), 16)
  const four = opened()
  assert.equal(four.read(1, 9_000_000), 1024)
  for (const { area } of [two, three, four]) area.close()
})

test('what has come and was not yet given is not due any more', () => {
  const area = readArea({ bundles: true })
  area.free()
  area.took(300)
  area.free()
  area.expect(200)
  area.took(5)
  assert.equal(area.free().length, 16_384 - 305)
})
