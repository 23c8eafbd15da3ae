import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { compilePattern, hasPattern, matchPattern } from '../../../src/ftp/wire/glob.ts'
import { anyText } from './any-text.ts'

const matches = (pattern: string, ...names: readonly string[]) => {
  for (const name of names) assert.ok(matchPattern(pattern, name), `${pattern} should match ${name}`)
}
const fails = (pattern: string, ...names: readonly string[]) => {
  for (const name of names) assert.ok(!matchPattern(pattern, name), `${pattern} should not match ${name}`)
}

test('a pattern is told by its characters', () => {
  for (const name of ['*', 'a?', '[a]', '[1].jpg']) assert.ok(hasPattern(name))
  for (const name of ['', 'a', 'a]', '{a,b}', '~$plan.xlsx', '50%', '\\']) assert.ok(!hasPattern(name))
})

test('* is any number of characters, dot files too', () => {
  matches('*', '', 'a', '.hidden', 'a.b.c')
  matches('a*', 'a', 'ab')
  matches('*.txt', '.txt', 'a.txt', 'a.txt.txt')
  matches('a*b*c', 'abc', 'a-b-c', 'abbcc')
  matches('**', '', 'x')
  matches('a**b', 'ab', 'axb')
  fails('a*', '', 'ba')
  fails('*.txt', 'a.txt2', 'atxt')
  fails('a*a', 'a')
  fails('a*b*c', 'acb', 'ab')
})

test('? is exactly one character, whatever its length in bytes', () => {
  matches('?', 'a', 'é', '中', '😀')
  matches('a?c', 'abc', 'a😀c')
  fails('?', '', 'ab')
})

test('[…] is one of a set, with ranges, and ! or ^ for none of it', () => {
  matches('[abc]', 'a', 'b', 'c')
  matches('[a-c0-9]x', 'bx', '5x')
  matches('[!a-c]', 'd', '-')
  matches('[^a-c]', 'd')
  matches('[]a]', ']', 'a')
  matches('[!]a]', 'b')
  matches('[a-]', 'a', '-')
  matches('[😀-😂]', '😁')
  matches('x[*?[]y', 'x*y', 'x?y', 'x[y')
  fails('[abc]', '', 'd', 'ab')
  fails('[!a-c]', 'a', '')
  fails('[c-a]', 'a', 'b', 'c')
})

test('a bracket that is never closed is itself', () => {
  matches('[a', '[a')
  matches('a[', 'a[')
  matches('[!', '[!')
  matches('[]', '[]')
  matches('*[', 'x[')
  fails('[a', 'a')
})

test('everything else is itself: no braces, no backslash, no dots, no case', () => {
  matches('{a,b}', '{a,b}')
  matches('a\\*', 'a\\', 'a\\b')
  matches('a.(b)+$^|', 'a.(b)+$^|')
  fails('{a,b}', 'a')
  fails('a.b', 'axb')
  fails('A*', 'abc')
})

/** The same language, told so plainly that it is surely right: try everything. Exponential. */
function naive(pattern: readonly string[], name: readonly string[]): boolean {
  const [place, ...pattern2] = pattern
  const [first, ...name2] = name
  if (place === undefined) return first === undefined
  if (place === '*') return naive(pattern2, name) || (first !== undefined && naive(pattern, name2))
  if (first === undefined) return false
  const isOne =
    place === '?' ||
    place === first ||
    (place === '[ab]' && 'ab'.includes(first)) ||
    (place === '[!ab]' && !'ab'.includes(first))
  return isOne && naive(pattern2, name2)
}

test('matching agrees with trying everything', () => {
  const place = fc.constantFrom('*', '*', '?', 'a', 'b', '[ab]', '[!ab]')
  const letter = fc.constantFrom('a', 'b', 'c')
  fc.assert(
    fc.property(fc.array(place, { maxLength: 8 }), fc.array(letter, { maxLength: 10 }), (pattern, name) =>
      assert.equal(matchPattern(pattern.join(''), name.join('')), naive(pattern, name)),
    ),
    { numRuns: 2000 },
  )
})

test('every name is matched by itself where it holds no pattern, and by stars between its characters', () => {
  fc.assert(
    fc.property(anyText({ maxLength: 50 }), (name) => {
      if (!hasPattern(name)) matches(name, name)
      matches(
        Array.from(name)
          .map(() => '?')
          .join('*'),
        name,
      )
      matches(
        `*${Array.from(name)
          .map((letter) => (hasPattern(letter) ? '?' : letter))
          .join('*')}*`,
        name,
      )
    }),
  )
})

test('any pattern may be tried on any name', () => {
  fc.assert(
    fc.property(anyText(), anyText(), (pattern, name) => {
      assert.equal(typeof matchPattern(pattern, name), 'boolean')
    }),
  )
})

test('patterns that take others for ever are answered: with backtracking this test would never end', () => {
  const name = 'a'.repeat(1000)
  fails(`${'a*'.repeat(100)}b`, name)
  fails(`${'*a'.repeat(400)}*b*`, name)
  fails(`*${'?'.repeat(500)}b*`, name)
  fails(`${'*[!b]'.repeat(150)}*b`, name)
  matches(`${'*'.repeat(1000)}a`, name)
})

test('a pattern longer than any name matches nothing', () => {
  fails('*'.repeat(1025), 'a')
})

test('a prepared pattern serves many names', () => {
  const isReport = compilePattern('report-[0-9]*.pdf')
  assert.deepEqual(['report-1.pdf', 'report-x.pdf', 'report-12-final.pdf', 'report-.pdf'].filter(isReport), [
    'report-1.pdf',
    'report-12-final.pdf',
  ])
})
