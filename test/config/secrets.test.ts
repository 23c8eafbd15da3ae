import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { redacted, secretFields } from '../../src/config/secrets.ts'
import { load } from './drivers.ts'

test('a configuration that is shown holds no secret, and all else', async () => {
  const { written } = await load(`
storages:
  photos: { driver: bucket, bucket: b, credentials: { keyId: AKID1, secretKey: "topsecret1" } }
  files: { driver: disk, directory: /srv }
accounts:
  - { name: ada, password: "topsecret2", mounts: [{ storage: files }] }
`)
  const shown = stringify(redacted(written))
  assert.doesNotMatch(shown, /topsecret/)
  for (const kept of ['AKID1', '/srv', 'ada', 'passwordQueue: 100', 'idleTimeout: 300s'])
    assert.ok(shown.includes(kept), kept)
})

test('a password in an address is hidden, and the rest of the address is not', () => {
  const hidden = (text: string) => redacted({ database: text })
  assert.deepEqual(hidden('postgresql://bob:top@secret@db.internal/x?a=b'), {
    database: 'postgresql://bob:<redacted>@db.internal/x?a=b',
  })
  for (const text of ['postgresql://bob@db/x', 'https://cos.example.org:8080/a:b@c', '${env:SLUICE_DATABASE}'])
    assert.deepEqual(hidden(text), { database: text })
  assert.deepEqual(secretFields({ state: { database: 'postgresql://bob:secret@db/x' } }), [['state', 'database']])
})

test('secrets are found at any depth', () => {
  const key = fc.constantFrom('password', 'passwordHash', 'secretKey', 'secretAccessKey', 'sessionToken', 'customerKey')
  const secret = key.map((name): unknown => ({ [name]: 'HIDDEN' }))
  const { holder } = fc.letrec<{ holder: unknown }>((tie) => ({
    holder: fc.oneof({ maxDepth: 4 }, secret, fc.record({ below: tie('holder') }), fc.tuple(tie('holder'), secret)),
  }))
  fc.assert(fc.property(holder, (tree) => assert.ok(!JSON.stringify(redacted(tree)).includes('HIDDEN'))))
})
