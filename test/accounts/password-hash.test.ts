import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { freshHashOfNobody, hashOfNobody, hashPassword, verifyPassword } from '../../src/accounts/password-hash.ts'
import { formatPasswordHash, parsePasswordHash } from '../../src/accounts/password-hash-text.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const salt = 'MDEyMzQ1Njc4OWFiY2RlZg'
const tag = '6g3umF+uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M'

test('a new hash is argon2id with the parameters we promise, and verifies its password only', async () => {
  const hash = await hashPassword(bytes('correct horse'))
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await verifyPassword(hash, bytes('correct horse')), true)
  assert.equal(await verifyPassword(hash, bytes('correct horses')), false)
  assert.notEqual(await hashPassword(bytes('correct horse')), hash)
})

const interchange: readonly (readonly [by: string, password: string, hash: string])[] = [
  [
    'argon2-cffi',
    'correct horse',
    '$argon2id$v=19$m=1024,t=2,p=1$W9ypUu2q5Rk+4r2R3IVN4A$xPckOUwX4+Tq2qhYdQUTXhSoNijWqi+mhVle8P+CyBg',
  ],
  [
    'argon2-cffi, four lanes',
    'pässwörd ☃',
    '$argon2id$v=19$m=512,t=3,p=4$TCtJ1C9XQZdQV5bTjrGsRQ$90ShXy8GFJDilvwWz5AECOnrj2zXriyK1VnexWAZbOc',
  ],
  [
    'argon2-cffi, 24 bytes',
    'correct horse',
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$pqNgt+4jEpRZZ5reMRuIYtctjWqa6KTV',
  ],
  ['hashlib.scrypt', 'correct horse', `$scrypt$ln=10,r=8,p=1$${salt}$${tag}`],
  ['hashlib.scrypt', 'correct horse', `$scrypt$ln=14,r=8,p=1$${salt}$0LupyHkzAIgDr9UDsriAAf87vMbCbcaUfDvFOAHk0D0`],
  ['crypt_blowfish', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['crypt_blowfish', 'U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['crypt_blowfish', 'U*U*U', '$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  ['crypt_blowfish', '', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy'],
]

for (const [by, password, hash] of interchange) {
  test(`a hash by ${by} verifies: ${hash.slice(0, 32)}`, async () => {
    assert.equal(await verifyPassword(hash, bytes(password)), true)
    assert.equal(await verifyPassword(hash, bytes(`${password}!`)), false)
    assert.equal(formatPasswordHash(parsePasswordHash(hash)), hash)
  })
}

test('bcrypt is right for no password that it cannot tell from another', async () => {
  // The hash of 72 times 'a', which bcrypt gives to everything that begins so.
  const { hashSync } = await import('bcryptjs')
  const longest = hashSync('a'.repeat(72), 4)
  assert.equal(await verifyPassword(longest, bytes('a'.repeat(72))), true)
  assert.equal(await verifyPassword(longest, bytes('a'.repeat(73))), false)
  const short = hashSync('ab', 4)
  assert.equal(await verifyPassword(short, bytes('ab')), true)
  assert.equal(await verifyPassword(short, bytes('ab\0ab')), false)
  const replaced = hashSync('\uFFFD', 4)
  assert.equal(await verifyPassword(replaced, bytes('\uFFFD')), true)
  assert.equal(await verifyPassword(replaced, new Uint8Array([0xff])), false)
})

test('a hash of nobody costs the same as its model, and no password is right', async () => {
  for (const [, password, hash] of interchange) {
    const nobody = hashOfNobody(hash)
    const model = parsePasswordHash(hash)
    const copy = parsePasswordHash(nobody)
    assert.notEqual(nobody, hash)
    assert.deepEqual({ ...copy, salt: null, tag: null, text: null }, { ...model, salt: null, tag: null, text: null })
    assert.equal(await verifyPassword(nobody, bytes(password)), false)
  }
  assert.match(freshHashOfNobody(), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('a hash that asks too much, or is none, is refused with a sentence that does not hold it', () => {
  const wrong: readonly (readonly [text: string, why: RegExp])[] = [
    ['', /expected/],
    ['secret', /expected/],
    ['$argon2i$v=19$m=1024,t=2,p=1$c$d', /expected/],
    [`$argon2id$v=16$m=1024,t=2,p=1$${salt}$${tag}`, /v=19/],
    [`$argon2id$m=1024,t=2,p=1$${salt}$${tag}`, /v=19/],
    [`$argon2id$v=19$m=104857600,t=2,p=1$${salt}$${tag}`, /m must lie between 8 and 1048576/],
    [`$argon2id$v=19$m=7,t=2,p=1$${salt}$${tag}`, /m must/],
    [`$argon2id$v=19$m=1024,t=0,p=1$${salt}$${tag}`, /t must/],
    [`$argon2id$v=19$m=1024,t=65,p=1$${salt}$${tag}`, /t must/],
    [`$argon2id$v=19$m=1024,t=1,p=0$${salt}$${tag}`, /p must/],
    [`$argon2id$v=19$m=1024,t=1,p=1$c2FsdA$${tag}`, /length of the salt/],
    [`$argon2id$v=19$m=1024,t=1,p=1$${salt}$AAAA`, /length of the hash/],
    [`$argon2id$v=19$m=1024,t=1,p=1$${salt}==$${tag}`, /base64/],
    [`$argon2id$v=19$m=1024,t=1,p=1$${salt}$${tag.replace('+', '-')}`, /base64/],
    [`$scrypt$ln=20,r=9,p=1$${salt}$${tag}`, /r must lie between 1 and 8/],
    [`$scrypt$ln=31,r=1,p=1$${salt}$${tag}`, /ln must/],
    [`$scrypt$ln=10,r=8,p=99$${salt}$${tag}`, /p must/],
    ['$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', /cost must lie between 4 and 16/],
    ['$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', /expected/],
    ['$2b$05$short', /expected/],
  ]
  for (const [text, why] of wrong) {
    assert.throws(
      () => parsePasswordHash(text),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'unsupported', text)
        assert.match(error.message, why, text)
        assert.ok(!error.message.includes(tag))
        return true
      },
    )
  }
})

test('whatever a text is, it is taken apart and put together again as the same, or refused in our words', () => {
  const part = fc.constantFrom(
    '$',
    'argon2id',
    'scrypt',
    'v=19',
    'm=1024,t=2,p=1',
    'ln=10,r=8,p=1',
    salt,
    tag,
    '2b',
    '05',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (value) => {
      try {
        assert.equal(formatPasswordHash(parsePasswordHash(value)), value)
      } catch (error) {
        assert.ok(error instanceof Error && 'code' in error && error.code === 'unsupported')
      }
    }),
  )
})
