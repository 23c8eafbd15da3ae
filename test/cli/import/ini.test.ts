import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseIni } from '../../../src/cli/import/ini.ts'

const valueOf = (line: string) => parseIni(`[S]\n${line}`).sections[0]?.options.values().next().value?.value

test('#, ; and % inside a value belong to it', () => {
  assert.equal(valueOf('k = ab#cd;ef%gh=ij'), 'ab#cd;ef%gh=ij')
  assert.equal(valueOf('k=a # b'), 'a # b')
  assert.equal(valueOf('k : a:b'), 'a:b')
})

test('a semicolon behind a blank begins a comment, as it did in Python 2.7, and is told', () => {
  const option = parseIni('[S]\nk = a ; b').sections[0]?.options.get('k')
  assert.equal(option?.value, 'a')
  assert.equal(option?.cut, '; b')
  // That parser looked at the first semicolon only.
  assert.equal(valueOf('k = a;b ; c'), 'a;b ; c')
})

test('comments are whole lines, keys lower case, lines with a blank in front go on, later keys win', () => {
  const { sections, brokenLines } = parseIni(
    'x\n[A]\n# c\n;c\nrem c\nKey = 1\n  more\nkey2=\nkey2 = ""\nnothing\n[A]\nkey = 2\n',
  )
  assert.deepEqual(brokenLines, [1, 10])
  assert.deepEqual(
    [...(sections[0]?.options.values() ?? [])].map(({ key, value }) => [key, value]),
    [
      ['key', '2'],
      ['key2', ''],
    ],
  )
  assert.equal(parseIni('[A]\nk = 1\n  more').sections[0]?.options.get('k')?.value, '1\nmore')
})

test('whatever stands in a file, reading it ends in options', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseIni(text)))
  const plain = fc
    .string()
    .filter((value) => value.trim() === value && value !== '""' && !/\s;|[\r\n\0-\x1f\x85\u2028\u2029]/.test(value))
  fc.assert(fc.property(plain, (value) => assert.equal(valueOf(`k = ${value}`), value)))
})
