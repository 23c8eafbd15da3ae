import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseChecksumArgument, parseCombArgument } from '../../../src/ftp/wire/quoted-names.ts'
import { quotePath } from '../../../src/ftp/wire/reply.ts'
import { anyText } from './any-text.ts'

const name = anyText({ minLength: 1 })

test('the whole text is always the first reading', () => {
  fc.assert(
    fc.property(anyText(), (text) =>
      assert.deepEqual(parseChecksumArgument(text)[0], { name: text, start: 0, end: null }),
    ),
  )
})

test('a plain name has one reading', () => {
  for (const text of ['a', 'a b', '1', ' 1', 'a 1 x', 'a -1', 'a 2 0x1', 'a 1e3', '"a', 'a"b" 1x', '""', '"a"b'])
    assert.equal(parseChecksumArgument(text).length, 1, text)
})

test('a quoted name may be followed by a start and an end', () => {
  const quoted = (text: string) => parseChecksumArgument(text).slice(1)
  assert.deepEqual(quoted('"a b"'), [{ name: 'a b', start: 0, end: null }])
  assert.deepEqual(quoted('"a b" 5'), [{ name: 'a b', start: 5, end: null }])
  assert.deepEqual(quoted('"a b" 5 10'), [{ name: 'a b', start: 5, end: 10 }])
  assert.deepEqual(quoted('"a ""b""" 5 10'), [{ name: 'a "b"', start: 5, end: 10 }])
  for (const text of ['"a" 1 2 3', '"a"  1', '"a" x', '"a" 1 -2', '"a" ', '"a" 1 ', '"a" +1', '"a" 9007199254740992'])
    assert.deepEqual(quoted(text), [], text)
})

test('an unquoted name may be followed by them too; then more readings are possible', () => {
  assert.deepEqual(parseChecksumArgument('a b 5 10'), [
    { name: 'a b 5 10', start: 0, end: null },
    { name: 'a b', start: 5, end: 10 },
    { name: 'a b 5', start: 10, end: null },
  ])
  assert.deepEqual(parseChecksumArgument('a 10').slice(1), [{ name: 'a', start: 10, end: null }])
})

test('every name can be quoted and found again, with its range', () => {
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (text, start, end) => {
      const expected = { name: text, start, end }
      assert.deepEqual(parseChecksumArgument(`${quotePath(text)} ${start} ${end}`)[1], expected)
    }),
  )
})

test('COMB has a target and at least one part, quoted or bare', () => {
  assert.deepEqual(parseCombArgument('"t x" "p 1" p2'), { target: 't x', parts: ['p 1', 'p2'] })
  assert.deepEqual(parseCombArgument('t p'), { target: 't', parts: ['p'] })
  assert.deepEqual(parseCombArgument('t a"b'), { target: 't', parts: ['a"b'] })
})

test('COMB refuses what is not whole', () => {
  for (const text of [
    '',
    ' ',
    't',
    '"t"',
    '"t" ',
    '"t" "p',
    '"t" ""',
    '"" "p"',
    '"t""p"',
    '"t"p',
    't  p',
    ' t p',
    't p ',
    '"t" "p"x',
  ])
    assert.equal(parseCombArgument(text), null, JSON.stringify(text))
})

test('every list of names goes through COMB', () => {
  fc.assert(
    fc.property(name, fc.array(name, { minLength: 1, maxLength: 5 }), (target, parts) =>
      assert.deepEqual(parseCombArgument([target, ...parts].map(quotePath).join(' ')), { target, parts }),
    ),
  )
})

test('no text makes a parser throw, and no name is empty but the whole text', () => {
  const text = fc.oneof(anyText(), fc.stringMatching(/^[" a1]*$/))
  fc.assert(
    fc.property(text, (input) => {
      assert.ok(
        parseChecksumArgument(input)
          .slice(1)
          .every((reading) => reading.name !== ''),
      )
      const combined = parseCombArgument(input)
      assert.ok(combined === null || ![combined.target, ...combined.parts].includes(''))
    }),
  )
})
