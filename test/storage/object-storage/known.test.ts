import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareKeys, sortKey } from '../../../src/core/key-order.ts'
import { parseKey, rootKey, type ObjectKey } from '../../../src/core/paths.ts'
import type { Entry, FileEntry } from '../../../src/storage/contract.ts'
import { knownDirectories } from '../../../src/storage/object-storage/known-directories.ts'
import { knownFiles } from '../../../src/storage/object-storage/known-files.ts'
import { knownTimes } from '../../../src/storage/object-storage/known-times.ts'
import { recentChanges } from '../../../src/storage/object-storage/recent-changes.ts'

/** A clock that stands until it is turned. */
function stillClock() {
  let milliseconds = 0
  return {
    now: () => new Date(milliseconds),
    monotonic: () => milliseconds,
    turn: (by: number) => void (milliseconds += by),
  }
}

const file = (key: string, version = 'v1'): FileEntry => ({
  ...{ kind: 'file', key: parseKey(key), bytes: 1, modified: new Date(0), version, unique: key },
})
const folder = (key: string): Entry => ({ kind: 'directory', key: parseKey(key), modified: null, unique: `${key}/` })
const key = (text: string): ObjectKey => parseKey(text)

test('a directory that was seen is there for a while, and all above it', () => {
  const clock = stillClock()
  const known = knownDirectories({ clock, milliseconds: 10, most: 100 })
  assert.equal(known.has(rootKey), true)
  known.note(key('a/b/c'))
  assert.deepEqual([known.has(key('a/b/c')), known.has(key('a/b')), known.has(key('a'))], [true, true, true])
  assert.equal(known.has(key('a/b/c/d')), false)
  clock.turn(9)
  known.note(key('a'))
  clock.turn(1)
  assert.deepEqual([known.has(key('a/b')), known.has(key('a'))], [false, true])
  known.forget(key('a'))
  assert.equal(known.has(key('a')), false)
})

test('roots of mounts are there for good, and so is what leads to them', () => {
  const clock = stillClock()
  const known = knownDirectories({ clock, milliseconds: 10, most: 100 })
  known.noteRoot(key('mounts/ada'))
  clock.turn(1000)
  assert.deepEqual([known.isRoot(key('mounts')), known.has(key('mounts/ada'))], [true, true])
  known.forget(key('mounts/ada'))
  assert.equal(known.has(key('mounts/ada')), true)
})

test('no more directories are remembered than allowed: the oldest give way', () => {
  const known = knownDirectories({ clock: stillClock(), milliseconds: 10, most: 3 })
  for (const name of ['a', 'b', 'c', 'a', 'd']) known.note(key(name))
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => known.has(key(name))),
    [true, false, true, true],
  )
})

test('a file is known for a while, and no more of them than allowed', () => {
  const clock = stillClock()
  const known = knownFiles({ clock, milliseconds: 10, most: 2 })
  for (const name of ['a', 'b', 'c']) known.note({ entry: file(name), storageClass: null })
  assert.deepEqual([known.of(key('a')), known.of(key('b'))?.entry.version], [null, 'v1'])
  known.note({ entry: file('b', 'v2'), storageClass: 'IA' })
  assert.deepEqual([known.of(key('b'))?.entry.version, known.of(key('b'))?.storageClass], ['v2', 'IA'])
  known.forget(key('b'))
  assert.equal(known.of(key('b')), null)
  clock.turn(10)
  assert.equal(known.of(key('c')), null)
})

test('a time belongs to one content, and the oldest give way', () => {
  const times = knownTimes(2)
  const at = new Date(1000)
  times.note(key('a'), 'v1', at)
  assert.deepEqual([times.of(key('a'), 'v1'), times.of(key('a'), 'v2'), times.of(key('b'), 'v1')], [at, null, null])
  times.note(key('b'), 'v1', at)
  times.note(key('c'), 'v1', at)
  assert.equal(times.of(key('a'), 'v1'), null)
})

function changes(clock = stillClock()) {
  return recentChanges({ clock, milliseconds: 10, most: 100 })
}

const everything = { after: null, last: null }
const keysOf = (entries: readonly Entry[]): readonly string[] => entries.map((entry) => sortKey(entry))

test('what was written a moment ago is in its directory, what was removed is not, and others are as listed', () => {
  const recent = changes()
  recent.written(file('d/new'))
  recent.written(file('d/there', 'v2'))
  recent.written(file('d/sub/deeper'))
  recent.written(file('elsewhere'))
  recent.removed(key('d/gone'))
  const listed = [file('d/gone'), file('d/there'), file('d/z')]
  const shown = recent.overlaid(key('d'), listed, everything)
  assert.deepEqual(keysOf(shown), ['d/new', 'd/there', 'd/z'])
  assert.equal(shown[1]?.kind === 'file' && shown[1].version, 'v2')
})

test('after a while the store is believed again', () => {
  const clock = stillClock()
  const recent = changes(clock)
  recent.written(file('new'))
  recent.removed(key('old'))
  clock.turn(10)
  const listed = [file('old')]
  assert.deepEqual(recent.overlaid(rootKey, listed, everything), listed)
})

test('a directory that was made is shown once, also where the store lists it', () => {
  const recent = changes()
  recent.written(folder('made'))
  assert.deepEqual(keysOf(recent.overlaid(rootKey, [folder('made')], everything)), ['made/'])
  assert.deepEqual(keysOf(recent.overlaid(rootKey, [], everything)), ['made/'])
})

test('over all pages every change is laid once, in order, wherever the pages are cut', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-c]{1,3}$/), { maxLength: 12 })
  fc.assert(
    fc.property(names, names, names, fc.nat({ max: 12 }), (listed, written, removed, cut) => {
      const recent = changes()
      for (const name of written) recent.written(file(name, 'new'))
      for (const name of removed) recent.removed(key(name))
      const all = listed.toSorted(compareKeys).map((name) => file(name))
      const [first, second] = [all.slice(0, cut), all.slice(cut)]
      const last = first.at(-1)
      const between = last === undefined ? null : sortKey(last)
      const shown =
        second.length === 0 || last === undefined
          ? recent.overlaid(rootKey, all, everything)
          : [
              ...recent.overlaid(rootKey, first, { after: null, last: between }),
              ...recent.overlaid(rootKey, second, { after: between, last: null }),
            ]
      const expected = [...new Set([...listed, ...written])]
        .filter((name) => !removed.includes(name))
        .toSorted(compareKeys)
      assert.deepEqual(keysOf(shown), expected)
    }),
  )
})
