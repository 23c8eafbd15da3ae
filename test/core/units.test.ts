import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { countBytes, formatAge, formatBytes, formatDuration, parseBytes, parseDuration } from '../../src/core/units.ts'

test('a size has several spellings', () => {
  for (const value of ['64 MiB', '64MiB', ' 64 mib ', '67108864', '67108864 B', 67108864, '65536 KiB', '0.0625 GiB'])
    assert.equal(parseBytes(value), 67108864, String(value))
  assert.equal(parseBytes('10 MB'), 10_000_000)
  assert.equal(parseBytes('1.5 GiB'), 1.5 * 2 ** 30)
  assert.equal(parseBytes('2 TiB'), 2 * 2 ** 40)
  assert.equal(parseBytes('0'), 0)
})

test('what is no size, or an unclear one, is null', () => {
  for (const value of ['', 'MiB', '-1', '1.5', '64 M', '64 MiBs', '1e3', '0x10', '1_000', '１', '1 000', '64 XB'])
    assert.equal(parseBytes(value), null, value)
  for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 60]) assert.equal(parseBytes(value), null, String(value))
  assert.equal(parseBytes('9999999999 TiB'), null)
})

test('a time has several spellings, and a bare number is seconds', () => {
  for (const value of ['30s', '30 s', '30', 30, '30000ms', '0.5m']) assert.equal(parseDuration(value), 30_000)
  assert.equal(parseDuration('5m'), 300_000)
  assert.equal(parseDuration('1h'), 3_600_000)
  assert.equal(parseDuration('24h'), parseDuration('1d'))
  assert.equal(parseDuration('500ms'), 500)
})

test('what is no time is null', () => {
  for (const value of ['', 's', '-1s', '5 minutes', '1h30m', '1e3s']) assert.equal(parseDuration(value), null, value)
  for (const value of [-1, Number.NaN, Infinity]) assert.equal(parseDuration(value), null)
})

test('what is printed with a whole number of units reads back as the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 0, max: 4 }), (count, power) => {
      assert.equal(parseBytes(formatBytes(count * 1024 ** power)), count * 1024 ** power)
    }),
  )
  for (const text of ['500ms', '30s', '5m', '1.5h', '2d']) {
    assert.equal(formatDuration(parseDuration(text) ?? Number.NaN), text)
  }
})

test('no text makes a reader throw or gives anything but whole numbers from 0 up', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9. ]{0,20}[kmgtibshdKMGTIB ]{0,4}$/))
  fc.assert(
    fc.property(text, (value) => {
      for (const result of [parseBytes(value), parseDuration(value)])
        assert.ok(result === null || (Number.isSafeInteger(result) && result >= 0))
    }),
  )
})

test('an age is told in its two largest units', () => {
  const told: readonly (readonly [number, string])[] = [
    [-5, '0s'],
    [999, '0s'],
    [12_345, '12s'],
    [165_000, '2m 45s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [97_200_000 + 59_000, '1d 3h'],
  ]
  for (const [milliseconds, text] of told) assert.equal(formatAge(milliseconds), text)
})

test('bytes are counted as people count', () => {
  assert.deepEqual([0, 1, 2].map(countBytes), ['0 bytes', '1 byte', '2 bytes'])
})
