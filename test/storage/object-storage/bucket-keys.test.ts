import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isGatewayError } from '../../../src/core/errors.ts'
import { parseKey, type ObjectKey } from '../../../src/core/paths.ts'
import { bucketKeys, refuseHidden } from '../../../src/storage/object-storage/bucket-keys.ts'

const segment = fc
  .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
  .filter((text) => !/[/\p{Cc}]/u.test(text) && text !== '.' && text !== '..' && text.isWellFormed())
const key = fc
  .array(segment, { minLength: 1, maxLength: 4 })
  .map((segments) => segments.join('/'))
  .filter((text) => text !== '.sluice' && !text.startsWith('.sluice/'))
  .map((text) => text as ObjectKey)
const prefix = fc.oneof(
  fc.constant(''),
  fc.array(segment, { minLength: 1, maxLength: 3 }).map((all) => all.join('/')),
)

test('a key comes back as it went, as a file and as a directory, below every prefix', () => {
  fc.assert(
    fc.property(prefix, key, (front, name) => {
      const keys = bucketKeys(front, 4096)
      assert.equal(keys.shown(keys.object(name)), name)
      assert.equal(keys.shown(keys.directory(name)), name)
      assert.ok(keys.object(name).startsWith(keys.prefix))
      assert.equal(keys.directory(name), `${keys.object(name)}/`)
    }),
  )
})

test('keys of others that are no paths are never shown', () => {
  const keys = bucketKeys('in', 1024)
  for (const name of ['a//b', './a', '../a', 'a/..', 'a/./b', '/a', 'a\nb', 'a\u0000', '.sluice', '.sluice/parts/x'])
    assert.equal(keys.shown(`in/${name}`), null, name)
  assert.equal(keys.shown('in/..a'), '..a')
  assert.equal(keys.shown('in/.sluicebox'), '.sluicebox')
})

test('the length of a key counts in bytes, the prefix too', () => {
  const keys = bucketKeys('in', 10)
  assert.equal(keys.object(parseKey('éééa')), 'in/éééa')
  for (const name of ['éééab', 'abcdefgh'])
    assert.throws(
      () => keys.object(parseKey(name)),
      (error) => isGatewayError(error, 'invalid-path'),
    )
  // The slash of a directory counts, too.
  assert.throws(
    () => keys.directory(parseKey('éééa')),
    (error) => isGatewayError(error, 'invalid-path'),
  )
})

test('nobody gets to what is hidden, and to all that only looks like it', () => {
  for (const name of ['.sluice', '.sluice/a', '.sluice/parts/x'])
    assert.throws(
      () => refuseHidden(parseKey(name)),
      (error) => isGatewayError(error, 'permission-denied'),
    )
  for (const name of ['.sluice2', 'a/.sluice', '.sluic']) refuseHidden(parseKey(name))
  const keys = bucketKeys('in', 1024)
  assert.ok(keys.object(keys.hidden('x')).startsWith(keys.hiddenPrefix))
})
