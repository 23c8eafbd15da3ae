import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseChmod, parseRestore, parseSite } from '../../../src/ftp/wire/site-arguments.ts'
import { anyText } from './any-text.ts'

test('SITE has a verb of its own, in any case, and the rest verbatim', () => {
  assert.deepEqual(parseSite('chmod 644  my file '), { verb: 'CHMOD', text: '644  my file ' })
  assert.deepEqual(parseSite('HELP'), { verb: 'HELP', text: null })
  assert.deepEqual(parseSite('HELP '), { verb: 'HELP', text: null })
  assert.deepEqual(parseSite('MKDIR  x'), { verb: 'MKDIR', text: ' x' })
})

test('SITE without a verb is nothing', () => {
  for (const text of [null, '', ' ', ' HELP', '1', 'CH-MOD x', 'É', 'HELP\tx', 'A\nB'])
    assert.equal(parseSite(text), null, `${text}`)
})

test('CHMOD takes one to four octal digits and a path', () => {
  assert.deepEqual(parseChmod('644 my file'), { mode: 0o644, path: 'my file' })
  assert.deepEqual(parseChmod('7777 x'), { mode: 0o7777, path: 'x' })
  assert.deepEqual(parseChmod('0 x'), { mode: 0, path: 'x' })
  assert.deepEqual(parseChmod('755  x'), { mode: 0o755, path: ' x' })
})

test('CHMOD refuses letters, signs, other bases, and a missing path', () => {
  for (const text of [
    null,
    '',
    '644',
    '644 ',
    '648 x',
    '10000 x',
    '00644 x',
    'u+x x',
    '0o644 x',
    '-644 x',
    '+644 x',
    '6e1 x',
    '６４４ x',
    ' 644 x',
    '1_0 x',
  ])
    assert.equal(parseChmod(text), null, `${text}`)
})

test('every mode and path come through both', () => {
  const path = anyText({ minLength: 1 })
  fc.assert(
    fc.property(fc.nat(0o7777), path, (mode, name) => {
      const site = parseSite(`Chmod ${mode.toString(8)} ${name}`)
      assert.equal(site?.verb, 'CHMOD')
      assert.deepEqual(parseChmod(site.text), { mode, path: name })
    }),
  )
})

test('no text makes a parser throw', () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      assert.match(parseSite(text)?.verb ?? 'NONE', /^[A-Z]+$/)
      assert.notEqual(parseChmod(text)?.path, '')
    }),
  )
})

test('RESTORE takes a path, and days as its last word', () => {
  assert.deepEqual(parseRestore('my file'), { path: 'my file', days: null })
  assert.deepEqual(parseRestore('my file 7'), { path: 'my file', days: 7 })
  assert.deepEqual(parseRestore('report 5 365'), { path: 'report 5', days: 365 })
  assert.deepEqual(parseRestore('7'), { path: '7', days: null })
  assert.deepEqual(parseRestore('file 7d'), { path: 'file 7d', days: null })
  for (const text of [null, '', ' ', 'file 0', 'file 366', 'file 99999999999999999999'])
    assert.equal(parseRestore(text), null, `${text}`)
})

test('RESTORE keeps any path whose days are said', () => {
  fc.assert(
    fc.property(anyText(), fc.integer({ min: 1, max: 365 }), (text, days) => {
      if (text.trim() === '') return
      assert.deepEqual(parseRestore(`${text} ${days}`), { path: text, days })
      const parsed = parseRestore(text)
      if (parsed !== null) assert.ok(text.startsWith(parsed.path))
    }),
  )
})
