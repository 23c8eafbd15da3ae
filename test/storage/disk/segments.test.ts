import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { resolvePath, rootKey, rootPath, keyWithin, type ObjectKey } from '../../../src/core/paths.ts'
import { keySegments, linkTarget } from '../../../src/storage/drivers/disk/confine/segments.ts'

const raw = (text: string) => text as ObjectKey

test('no key has a segment that leads anywhere but down', () => {
  const piece = fc.oneof(fc.constantFrom('..', '.', '', 'a', '.sluice', '\0', '\ud800'), fc.string())
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
      const text = pieces.join('/')
      try {
        for (const segment of keySegments(raw(text), 'linux')) assert.ok(!['', '.', '..'].includes(segment))
      } catch (error) {
        assert.match((error as { code: string }).code, /^(invalid-path|permission-denied)$/)
      }
    }),
  )
})

test('a key made of a path has the segments of the path', () => {
  const name = fc
    .string({ minLength: 1 })
    .filter((text) => /^[^/\0-\x1f\x7f]+$/.test(text) && !/^\.|sluice/i.test(text))
  fc.assert(
    fc.property(fc.array(name), (names) => {
      const key = keyWithin(rootPath, resolvePath(rootPath, names.join('/')))
      assert.deepEqual(keySegments(key, 'linux'), names)
    }),
  )
  assert.deepEqual(keySegments(rootKey), [])
})

test('what a Windows disk takes for something else than a name is refused there alone', () => {
  for (const name of ['a\\b', 'C:', 'a:b', 'a*', 'nul', 'COM1', 'com1.txt', 'a.', 'a ', 'a?', '<a>']) {
    assert.throws(() => keySegments(raw(`d/${name}`), 'win32'), { code: 'invalid-path' }, name)
    assert.deepEqual(keySegments(raw(`d/${name}`), 'linux'), ['d', name])
  }
  for (const name of ['a.b', 'console', 'común', 'a b']) assert.deepEqual(keySegments(raw(name), 'win32'), [name])
})

test('an absolute link lies inside only below the whole name of the root', () => {
  const roots = ['/srv/files', '/data']
  assert.deepEqual(linkTarget('/srv/files/a/b', roots), { isAbsolute: true, segments: ['a', 'b'] })
  assert.deepEqual(linkTarget('/data', roots), { isAbsolute: true, segments: [] })
  assert.deepEqual(linkTarget('/data/../x', roots), { isAbsolute: true, segments: ['..', 'x'] })
  assert.deepEqual(linkTarget('a//./b/..', roots), { isAbsolute: false, segments: ['a', 'b', '..'] })
  for (const target of ['/srv/files-two', '/srv', '/', '/srv/file', '/databank/x'])
    assert.equal(linkTarget(target, roots), null, target)
})
