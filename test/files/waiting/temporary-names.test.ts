import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ObjectKey } from '../../../src/core/paths.ts'
import { finalKeyOf, finalName, isTemporaryPattern, sidesOf } from '../../../src/files/waiting/temporary-names.ts'

const patterns = ['*.filepart', '*.tmp', '.in.*', '~*.new']

test('a temporary name tells the one that it will be given', () => {
  const names = { 'a.pdf.filepart': 'a.pdf', '.in.a': 'a', '~a.new': 'a', 'a.tmp.filepart': 'a.tmp', '..tmp': '.' }
  for (const [name, wanted] of Object.entries({ ...names, '...tmp': null, '..tmp': null }))
    assert.equal(finalName(name, patterns.map(sidesOf)), wanted, name)
  for (const name of ['a', '.tmp', '.in.', 'a.TMP', 'a.tmp2', '~a', 'a.filepart.pdf', '~.new'])
    assert.equal(finalName(name, patterns.map(sidesOf)), null, name)
})

test('the file stays in its directory', () => {
  const final = finalKeyOf(patterns)
  assert.equal(final('in/2026/a.tmp' as ObjectKey), 'in/2026/a')
  assert.equal(final('in.tmp/a' as ObjectKey), null)
  assert.equal(finalKeyOf([])('a.tmp' as ObjectKey), null)
})

test('patterns have one star, and something else', () => {
  for (const text of ['*.tmp', '.in.*', 'a*b']) assert.equal(isTemporaryPattern(text), true, text)
  for (const text of ['', '*', '.tmp', '*.*', '**', 'a/*.tmp', '*.t\u0000mp', '*.\n'])
    assert.equal(isTemporaryPattern(text), false, JSON.stringify(text))
})

test('whatever name is put into a pattern comes out of it again', () => {
  const affix = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !/[*/\u0000-\u001f\u007f]/.test(text))
  const name = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/[/]/.test(text) && !/^\.\.?$/.test(text))
  fc.assert(
    fc.property(affix, affix, name, (front, back, inside) => {
      fc.pre(front + back !== '')
      assert.equal(isTemporaryPattern(`${front}*${back}`), true)
      assert.equal(finalName(`${front}${inside}${back}`, [sidesOf(`${front}*${back}`)]), inside)
    }),
  )
})
