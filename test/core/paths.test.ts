import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isWithin, keyWithin, resolvePath, rootPath, type VirtualPath } from '../../src/core/paths.ts'

const at = (text: string) => resolvePath(rootPath, text)

test('a path is absolute, and every spelling of it becomes one text', () => {
  for (const text of ['/a/b', '//a//b/', '/a/./b/.', '/x/../a/b', '/../../a/b', 'a/b'])
    assert.equal(at(text), '/a/b', text)
  assert.equal(resolvePath('/a' as VirtualPath, '..'), '/')
  assert.equal(resolvePath('/a' as VirtualPath, 'b c'), '/a/b c')
})

test('nothing is decoded, trimmed or unquoted', () => {
  for (const name of ['%2e%2e', ' x', 'x ', '"q"', '~', '\\..\\', '．．', '-v']) assert.equal(at(name), `/${name}`)
})

test('no text leads above the root, and resolving twice changes nothing', () => {
  const piece = fc.oneof(fc.constantFrom('..', '.', '', '/', 'a', 'ab', '...'), fc.string())
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), (from, text) => {
      const clean = (pieces: string[]) => pieces.join('/').replaceAll(/[\0-\x1f\x7f]/g, '')
      const path = resolvePath(at(clean(from)), clean(text))
      assert.match(path, /^\//)
      assert.ok(!path.split('/').includes('..'))
      assert.equal(resolvePath(rootPath, path), path)
    }),
  )
})

test('control characters are refused', () => {
  for (const name of ['a\nb', 'a\rb', '\0', '\x7f', '\x1b[1m']) assert.throws(() => at(name), { code: 'invalid-path' })
})

test('a prefix of a name is no folder', () => {
  assert.ok(isWithin('/a' as VirtualPath, '/a/b' as VirtualPath))
  assert.ok(!isWithin('/a' as VirtualPath, '/ab' as VirtualPath))
  assert.equal(keyWithin('/a' as VirtualPath, '/a/b/c' as VirtualPath), 'b/c')
})
