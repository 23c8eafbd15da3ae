import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseListArgument } from '../../../src/ftp/wire/list-arguments.ts'
import { anyText } from './any-text.ts'

const pathOf = (text: string | null) => parseListArgument(text).path

test('without a path the current folder is meant', () => {
  for (const text of [null, '', '-a', '-la', '-a -l', '--', '-a --', '-a ']) assert.equal(pathOf(text), null, `${text}`)
})

test('words that look like options of ls are dropped before the path', () => {
  for (const options of [
    '-a',
    '-l',
    '-la',
    '-al',
    '-alL',
    '-F',
    '-1',
    '-CF',
    '--all',
    '--time-style=iso',
    '-a -l',
    '-a --all -1',
  ])
    assert.equal(pathOf(`${options} in/box`), 'in/box', options)
})

test('-- ends the options', () => {
  assert.equal(pathOf('-- -v'), '-v')
  assert.equal(pathOf('-l -- -- x'), '-- x')
})

test('a name with a leading dash is told by its path, or by what no option holds', () => {
  for (const path of ['./-v', '-v.txt', '-', '---', '-a/b', '-ä', '--x.y']) assert.equal(pathOf(path), path)
})

test('the path is what is left, verbatim', () => {
  assert.equal(pathOf(' x'), ' x')
  assert.equal(pathOf('-a  x '), ' x ')
  assert.equal(pathOf('x -a'), 'x -a')
  assert.equal(pathOf('a b -R'), 'a b -R')
})

test('-R recurses, alone or among letters', () => {
  for (const text of ['-R', '-lR', '-aRl x', '-l -R x', '--recursive x'])
    assert.ok(parseListArgument(text).isRecursive, text)
  for (const text of [null, '-r', 'x -R', '-- -R', '--Reverse', 'R', './-R'])
    assert.ok(!parseListArgument(text).isRecursive, `${text}`)
})

test('behind -- every path comes through as it was sent', () => {
  fc.assert(
    fc.property(anyText({ minLength: 1 }), (path) => {
      assert.deepEqual(parseListArgument(`-a -- ${path}`), { path, isRecursive: false })
      if (!path.startsWith('-')) assert.equal(pathOf(path), path)
    }),
  )
})

test('what is left is always the end of what came', () => {
  const word = fc.constantFrom('-', '--', '-a', '-R', ' ', 'x', '--all', './-v')
  fc.assert(
    fc.property(
      fc.array(word).map((words) => words.join(' ')),
      (text) => assert.ok(text.endsWith(pathOf(text) ?? '')),
    ),
  )
})
