import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { redacted } from '../../src/config/secrets.ts'
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

test('secrets are found at any depth', () => {
  const key = fc.constantFrom('password', 'passwordHash', 'secretKey', 'secretAccessKey', 'sessionToken', 'customerKey')
  const secret = key.map((name): unknown => ({ [name]: 'HIDDEN' }))
  const { holder } = fc.letrec<{ holder: unknown }>((tie) => ({
    holder: fc.oneof({ maxDepth: 4 }, secret, fc.record({ below: tie('holder') }), fc.tuple(tie('holder'), secret)),
  }))
  fc.assert(fc.property(holder, (tree) => assert.ok(!JSON.stringify(redacted(tree)).includes('HIDDEN'))))
})
