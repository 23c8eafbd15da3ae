import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKey } from '../../../src/core/paths.ts'
import { s3Options } from '../../../src/storage/drivers/s3/options.ts'
import { encryptionOf, settingsOf } from '../../../src/storage/object-storage/settings.ts'

const options = (more: Readonly<Record<string, unknown>> = {}) => s3Options.parse({ bucket: 'files', ...more })

test('the content type goes by the extension, in any case, and is bytes where it is not known', () => {
  const typeOf = settingsOf(options({ contentTypes: { log: 'text/x-log', pdf: 'application/x-mine' } }))
  const types = ['a.jpg', 'a.JPG', 'a.b.csv', 'd.pdf/a', 'a.pdf', 'a.log', 'jpg', 'a.', 'a.unknown']
  assert.deepEqual(
    types.map((name) => typeOf(parseKey(name)).contentType),
    [
      ...['image/jpeg', 'image/jpeg', 'text/csv', 'application/octet-stream', 'application/x-mine', 'text/x-log'],
      ...['application/octet-stream', 'application/octet-stream', 'application/octet-stream'],
    ],
  )
})

test('class, access, tags and metadata go with every new object, and only where they are set', () => {
  assert.deepEqual(settingsOf(options())(parseKey('a.txt')), { metadata: {}, contentType: 'text/plain' })
  const set = { storageClass: 'STANDARD_IA', acl: 'private', tags: { team: 'a' }, metadata: { source: 'ftp' } }
  assert.deepEqual(settingsOf(options(set))(parseKey('a.txt')), { ...set, contentType: 'text/plain' })
})

test('encryption as it may be written', () => {
  const key = Buffer.alloc(32, 7)
  assert.equal(encryptionOf(options()), null)
  assert.deepEqual(encryptionOf(options({ encryption: 'managed' })), { kind: 'managed' })
  assert.deepEqual(encryptionOf(options({ encryption: 'kms' })), { kind: 'kms', keyId: null })
  assert.deepEqual(encryptionOf(options({ encryption: { kmsKeyId: 'id' } })), { kind: 'kms', keyId: 'id' })
  const own = encryptionOf(options({ encryption: { customerKey: key.toString('base64') } }))
  assert.deepEqual(own, { kind: 'customer', key })
  assert.equal(s3Options.safeParse({ bucket: 'b', encryption: { customerKey: 'short' } }).success, false)
})

test('a bucket is named by its name alone', () => {
  const isName = (bucket: string) => s3Options.safeParse({ bucket }).success
  for (const name of ['files', 'a.b-c', 'Old_Name', '照片']) assert.equal(isName(name), true, name)
  for (const name of ['', 'files/incoming', 's3://files', 'two words', 'a?b', 'a#b', 'a\\b'])
    assert.equal(isName(name), false, name)
})
