import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseMff, parseModeFact } from '../../../src/ftp/wire/mff.ts'
import { anyText } from './any-text.ts'

test('facts come first, then one space and the path', () => {
  assert.deepEqual(parseMff('Modify=20190704081500;UNIX.mode=0644; old plan.txt'), {
    facts: [
      ['Modify', '20190704081500'],
      ['UNIX.mode', '0644'],
    ],
    path: 'old plan.txt',
  })
})

test('the path keeps its spaces, semicolons and equals signs', () => {
  assert.equal(parseMff('a=b;  x;y=z; ')?.path, ' x;y=z; ')
})

test('values may be empty or hold an equals sign', () => {
  assert.deepEqual(parseMff('a=;b=c=d; x')?.facts, [
    ['a', ''],
    ['b', 'c=d'],
  ])
})

test('what is not of this form is refused', () => {
  for (const text of [
    '',
    'x',
    'a=b x',
    'a=b;',
    'a=b; ',
    'a=b;x',
    '; x',
    '=b; x',
    'a; x',
    ' a=b; x',
    'a=b c; x',
    'a=b;; x',
  ])
    assert.equal(parseMff(text), null, JSON.stringify(text))
})

test('every list of facts and every path come back', () => {
  const word = (extra: string) => anyText().map((text) => text.replaceAll(/[; ]/g, extra))
  const fact = fc.tuple(
    word('_').map((text) => `n${text.replaceAll('=', '_')}`),
    word('='),
  )
  fc.assert(
    fc.property(fc.array(fact, { minLength: 1 }), anyText({ minLength: 1 }), (facts, path) => {
      const text = `${facts.map(([name, value]) => `${name}=${value};`).join('')} ${path}`
      assert.deepEqual(parseMff(text), { facts, path })
    }),
  )
})

test('a mode is octal', () => {
  assert.equal(parseModeFact('0644'), 0o644)
  assert.equal(parseModeFact('7777'), 0o7777)
  for (const text of ['', '8', '10000', 'rw', '0o644', '-1', '６']) assert.equal(parseModeFact(text), null, text)
})

test('no text makes a parser throw', () => {
  const text = fc.oneof(anyText(), fc.stringMatching(/^[a=; ]*$/))
  fc.assert(
    fc.property(text, (input) => {
      parseModeFact(input)
      const parsed = parseMff(input)
      assert.ok(parsed === null || (parsed.path !== '' && parsed.facts.every(([name]) => name !== '')))
    }),
  )
})
