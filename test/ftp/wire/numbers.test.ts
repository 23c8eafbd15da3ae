import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseAllo, parseCount, parseRange } from '../../../src/ftp/wire/numbers.ts'
import { anyText } from './any-text.ts'

const lenient = [
  '',
  ' ',
  '+1',
  '-1',
  '-0',
  '0x10',
  '0b1',
  '0o7',
  '1e3',
  '1.0',
  '1_000',
  '1,000',
  ' 1',
  '1 ',
  '1\t',
  '1\n',
  '１',
  '١',
  '1n',
  'NaN',
  'Infinity',
  '1 2',
]
const count = fc.nat(Number.MAX_SAFE_INTEGER)

test('a count is ASCII digits, up to the last number that is exact', () => {
  assert.equal(parseCount('0'), 0)
  assert.equal(parseCount('007'), 7)
  assert.equal(parseCount('4294967296'), 2 ** 32)
  assert.equal(parseCount('9007199254740991'), Number.MAX_SAFE_INTEGER)
  for (const text of [
    '9007199254740992',
    '9007199254740993',
    '9223372036854775807',
    '18446744073709551616',
    '9'.repeat(400),
  ])
    assert.equal(parseCount(text), null, text)
})

test('what other parsers let pass is refused', () => {
  for (const text of lenient) {
    assert.equal(parseCount(text), null, JSON.stringify(text))
    assert.equal(parseAllo(text), null, JSON.stringify(text))
    assert.equal(parseRange(`0 ${text}`), null, JSON.stringify(text))
    assert.equal(parseRange(`${text} 5`), null, JSON.stringify(text))
  }
})

test('counts come back as they were written', () => {
  fc.assert(fc.property(count, (number) => assert.equal(parseCount(`${number}`), number)))
})

test('any text is either plain digits or no count', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const parsed = parseCount(text)
      assert.equal(parsed !== null, /^[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)))
      parseAllo(text)
      parseRange(text)
    }),
  )
})

test('ALLO takes a size, and perhaps a record size', () => {
  assert.deepEqual(parseAllo('1000'), { bytes: 1000 })
  assert.deepEqual(parseAllo('1000 R 80'), { bytes: 1000 })
  assert.deepEqual(parseAllo('1000 r 80'), { bytes: 1000 })
  for (const text of ['1000 R', '1000 R ', '1000 80', '1000 X 80', '1000 R 80 1', '1000  R 80', '1000 R -1', 'R 80'])
    assert.equal(parseAllo(text), null, text)
})

test('RANG includes its last byte, and 1 0 clears it', () => {
  assert.deepEqual(parseRange('0 0'), { start: 0, end: 1 })
  assert.deepEqual(parseRange('100 199'), { start: 100, end: 200 })
  assert.deepEqual(parseRange('5 9007199254740991'), { start: 5, end: Number.MAX_SAFE_INTEGER })
  assert.equal(parseRange('1 0'), 'clear')
  for (const text of ['2 1', '2 0', '1', '1 2 3', '1  2', ' 1 2', '1 2 ']) assert.equal(parseRange(text), null, text)
})

test('a range holds exactly the bytes that were named', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 50), fc.nat(2 ** 50), (first, extra) =>
      assert.deepEqual(parseRange(`${first} ${first + extra}`), { start: first, end: first + extra + 1 }),
    ),
  )
})
