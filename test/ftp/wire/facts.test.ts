import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  allFacts,
  factNames,
  formatFacts,
  formatMlstFeature,
  formatOptsMlst,
  parseOptsMlst,
  type FactEntry,
} from '../../../src/ftp/wire/facts.ts'
import { anyText } from './any-text.ts'

const file: FactEntry = {
  type: 'file',
  name: 'price list.txt',
  bytes: 70_244,
  modified: new Date('2024-01-05T09:15:00Z'),
  perm: 'adfrw',
  unique: '91ab77',
  mode: 0o644,
}
const subset = fc.subarray([...factNames]).map((names) => new Set(names))

test('a file has all its facts in our order, one space, and its name', () => {
  assert.equal(
    formatFacts(file, allFacts),
    'type=file;size=70244;modify=20240105091500;perm=adfrw;unique=91ab77;UNIX.mode=0644; price list.txt',
  )
})

test('a folder has no size, and no time where none is known', () => {
  const folder: FactEntry = { ...file, type: 'cdir', name: '.', bytes: 0, modified: null, perm: 'cdeflmp', mode: 0o755 }
  assert.equal(formatFacts(folder, allFacts), 'type=cdir;perm=cdeflmp;unique=91ab77;UNIX.mode=0755; .')
})

test('without selected facts the line is a space and the name', () => {
  assert.equal(formatFacts(file, new Set()), ' price list.txt')
})

test('names keep their spaces and semicolons, also in front', () => {
  assert.equal(formatFacts({ ...file, name: ' x;y=z; ' }, new Set(['type'])), 'type=file;  x;y=z; ')
})

test('a client finds exactly the selected facts, each ended by a semicolon, and the name behind the first space', () => {
  fc.assert(
    fc.property(subset, anyText({ minLength: 1 }), (selected, name) => {
      const text = formatFacts({ ...file, name }, selected)
      const space = text.indexOf(' ')
      const facts = text.slice(0, space)
      assert.equal(text.slice(space + 1), name)
      assert.match(facts, /^([^;=]+=[^;=]+;)*$/)
      assert.deepEqual(new Set([...facts.matchAll(/([^;=]+)=/g)].map((match) => match[1])), selected)
    }),
  )
})

test('OPTS MLST takes names in any case and order, and leaves out what it does not know', () => {
  assert.deepEqual([...parseOptsMlst('Unix.MODE;modify;media-type;TYPE;')], ['type', 'modify', 'UNIX.mode'])
  assert.deepEqual([...parseOptsMlst('size')], ['size'])
  assert.deepEqual([...parseOptsMlst(null)], [])
  assert.deepEqual([...parseOptsMlst('__proto__;constructor;;')], [])
})

test('the answer to OPTS MLST repeats what is selected', () => {
  assert.equal(formatOptsMlst(parseOptsMlst('modify;type;')), 'MLST OPTS type;modify;')
  assert.equal(formatOptsMlst(parseOptsMlst(null)), 'MLST OPTS')
})

test('FEAT marks the selected facts', () => {
  assert.equal(formatMlstFeature(allFacts), 'MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;')
  assert.equal(formatMlstFeature(new Set(['modify'])), 'MLST type;size;modify*;perm;unique;UNIX.mode;')
})

test('what FEAT offers can be asked for, and what is selected can be selected again', () => {
  fc.assert(
    fc.property(subset, (selected) => {
      assert.deepEqual(parseOptsMlst(formatOptsMlst(selected).slice('MLST OPTS '.length)), selected)
      const offered = formatMlstFeature(selected).slice('MLST '.length).replaceAll('*', '')
      assert.deepEqual(parseOptsMlst(offered), allFacts)
    }),
  )
})

test('no text makes OPTS MLST select what is no fact', () => {
  fc.assert(fc.property(anyText(), (text) => assert.ok([...parseOptsMlst(text)].every((name) => allFacts.has(name)))))
})
