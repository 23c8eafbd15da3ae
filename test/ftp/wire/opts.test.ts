import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseOpts } from '../../../src/ftp/wire/opts.ts'
import { anyText } from './any-text.ts'

test('UTF8 is on unless it says off, in any case', () => {
  for (const text of ['UTF8 ON', 'utf8 on', 'UTF8', 'UTF-8', 'utf-8 On'])
    assert.deepEqual(parseOpts(text), { option: 'UTF8', isOn: true })
  assert.deepEqual(parseOpts('UTF8 OFF'), { option: 'UTF8', isOn: false })
})

test('MLST selects facts, none without any', () => {
  assert.deepEqual(parseOpts('mlst Size;type;'), { option: 'MLST', facts: new Set(['type', 'size']) })
  assert.deepEqual(parseOpts('MLST'), { option: 'MLST', facts: new Set() })
})

test('HASH names an algorithm, or asks for the one in use', () => {
  assert.deepEqual(parseOpts('HASH sha-256'), { option: 'HASH', algorithm: 'SHA-256' })
  assert.deepEqual(parseOpts('HASH'), { option: 'HASH', algorithm: null })
})

test('MODE Z has a level from 1 to 9', () => {
  assert.deepEqual(parseOpts('MODE Z LEVEL 9'), { option: 'MODE Z LEVEL', level: 9 })
  assert.deepEqual(parseOpts('mode z level 1'), { option: 'MODE Z LEVEL', level: 1 })
})

test('anything else is no option', () => {
  const unknown = [
    null,
    '',
    ' ',
    'X',
    ' UTF8',
    'UTF8 MAYBE',
    'UTF8 ON ',
    'UTF8  ON',
    '__proto__',
    'constructor x',
    'MODE',
    'MODE S',
  ]
  const broken = [
    'MODE Z',
    'MODE Z LEVEL 0',
    'MODE Z LEVEL 10',
    'MODE Z LEVEL',
    'HASH ',
    'HASH SHA 1',
    'HASH A\0',
    'MLST type; size;',
  ]
  for (const text of [...unknown, ...broken]) assert.equal(parseOpts(text), null, `${text}`)
})

test('no text makes it throw', () => {
  const word = fc.constantFrom('UTF8', 'MLST', 'HASH', 'MODE', 'Z LEVEL')
  const text = fc.oneof(
    anyText(),
    fc.tuple(word, anyText()).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(text, (input) => {
      const parsed = parseOpts(input)
      if (parsed?.option === 'MODE Z LEVEL') assert.ok(parsed.level >= 1 && parsed.level <= 9)
      if (parsed?.option === 'HASH') assert.match(parsed.algorithm ?? 'NONE', /^[A-Z0-9-]+$/)
    }),
  )
})
