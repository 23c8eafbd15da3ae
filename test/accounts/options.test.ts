import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { permissions } from '../../src/accounts/account.ts'
import { accountOptions } from '../../src/accounts/options.ts'
import { verifyPassword } from '../../src/accounts/password-hash.ts'
import { hashFor, toAccount } from '../../src/accounts/to-account.ts'

const hash = '$argon2id$v=19$m=1024,t=2,p=1$W9ypUu2q5Rk+4r2R3IVN4A$xPckOUwX4+Tq2qhYdQUTXhSoNijWqi+mhVle8P+CyBg'
const least = { name: 'alice', password: 'secret', mounts: [{ path: '/', storage: 'files' }] }

/** The mistakes in an account that differs from a right one by these fields. */
function mistakes(changes: Record<string, unknown>): string[] {
  const issues = accountOptions.safeParse({ ...least, ...changes }).error?.issues ?? []
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

test('an account of a name, a password and a mount may do everything', () => {
  const account = toAccount(accountOptions.parse(least), hash)
  assert.deepEqual(account, {
    name: 'alice',
    passwordHash: hash,
    enabled: true,
    permissions: new Set(permissions),
    mounts: [{ path: '/', storage: 'files', prefix: '', readOnly: false }],
    home: '/',
    incompleteUploads: 'discard',
    temporaryNames: [],
    mostWaiting: 0,
    maxFileBytes: null,
    quotaBytes: null,
    bandwidth: { upload: null, download: null },
    sessions: null,
    expires: null,
    allowedNetworks: [],
    requireTls: false,
    ascii: 'convert',
    charset: null,
    uploadEnd: null,
    makeParents: false,
    backslashIsSlash: false,
  })
  assert.ok(Object.isFrozen(account))
})

test('every field of an account can be set', () => {
  const given = accountOptions.parse({
    name: 'camera',
    passwordHash: hash,
    enabled: false,
    permissions: ['write'],
    incompleteUploads: 'resume',
    maxFileBytes: '10 MiB',
    quota: '1 GiB',
    bandwidth: { upload: '1 MB' },
    sessions: 3,
    expires: '2027-01-31T18:00:00+01:00',
    allowedNetworks: ['192.0.2.0/24', '::1'],
    requireTls: true,
    ascii: 'binary',
    charset: 'GBK',
    uploadEnd: 'tolerant',
    makeParents: true,
    backslashIsSlash: true,
    home: '/in/today',
    mounts: [
      { path: '/in/', storage: 'files', prefix: 'in/', readOnly: false },
      { path: '/archive', storage: 'bucket', readOnly: true },
    ],
  })
  const account = toAccount(given, hash)
  assert.deepEqual(account.permissions, new Set(['write']))
  assert.equal(account.maxFileBytes, 10 * 2 ** 20)
  assert.equal(account.quotaBytes, 2 ** 30)
  assert.deepEqual(account.bandwidth, { upload: 1_000_000, download: null })
  assert.deepEqual(account.expires, new Date('2027-01-31T17:00:00Z'))
  assert.deepEqual(
    account.mounts.map((mount) => [mount.path, mount.prefix, mount.readOnly]),
    [
      ['/in', 'in/', false],
      ['/archive', '', true],
    ],
  )
  assert.equal(account.home, '/in/today')
})

test('a date alone is the beginning of that day', () => {
  const { expires } = accountOptions.parse({ ...least, expires: '2027-01-31' })
  assert.deepEqual(expires, new Date('2027-01-31T00:00:00Z'))
})

test('an account has one way to log in', () => {
  const sentence = 'name: An account needs one of `password`, `passwordHash` and `anonymous: true`, and only one.'
  assert.deepEqual(mistakes({ password: undefined }), [sentence])
  assert.deepEqual(mistakes({ passwordHash: hash }), [sentence])
  assert.deepEqual(mistakes({ anonymous: true, name: 'ftp' }), [sentence])
  assert.deepEqual(mistakes({ password: undefined, anonymous: true, name: 'ftp' }), [])
  assert.deepEqual(mistakes({ password: undefined, anonymous: true }), [
    'anonymous: Only an account named `anonymous` or `ftp` can be anonymous.',
  ])
  assert.deepEqual(mistakes({ password: '' }), ['password: An account without a password cannot log in.'])
  assert.deepEqual(mistakes({ password: 'é'.repeat(513) }), ['password: At most 1024 bytes.'])
})

const wrong: readonly (readonly [field: string, value: unknown, message: RegExp])[] = [
  ['name', '', /^name: /],
  ['name', 'a\r\nb', /^name: Names may not hold control characters/],
  ['passwordHash', 'secret', /^passwordHash: Not a usable password hash: expected/],
  ['passwordHash', hash.replace('m=1024', 'm=104857600'), /^passwordHash: .*m must lie between/],
  ['permissions', ['fly'], /^permissions\.0: /],
  ['incompleteUploads', 'keep', /^incompleteUploads: /],
  ['maxFileBytes', 'huge', /^maxFileBytes: Expected a size/],
  ['bandwidth', { upload: 0 }, /^bandwidth\.upload: Must be at least 1 B/],
  ['sessions', 0, /^sessions: /],
  ['expires', 'tomorrow', /^expires: Expected a date/],
  ['allowedNetworks', ['192.0.2.0/33'], /^allowedNetworks\.0: Expected an address or a CIDR block/],
  ['charset', 'UTF-16', /^charset: /],
  ['charset', 'base64', /^charset: /],
  ['charset', 'klingon', /^charset: /],
  ['home', 'in', /^home: Expected an absolute path/],
  ['home', '/a\0', /^home: Names may not hold/],
  ['mounts', [], /^mounts: An account needs at least one mount/],
  ['mounts', [{ path: 'in', storage: 'files' }], /^mounts\.0\.path: Expected an absolute path/],
  ['mounts', [{ path: '/\u0001', storage: 'files' }], /^mounts\.0\.path: Names may not hold/],
  ['mounts', [{ path: '/', storage: 'files', prefix: '../x' }], /^mounts\.0\.prefix: /],
  ['colour', 'red', /Unrecognized key/],
]

for (const [field, value, message] of wrong) {
  test(`${field}: ${JSON.stringify(value)} is a mistake, and the sentence says why`, () => {
    const base = field === 'passwordHash' ? { password: undefined } : {}
    const [first, ...others] = mistakes({ ...base, [field]: value })
    assert.match(first ?? '', message)
    assert.deepEqual(others, [])
  })
}

test('two mounts cannot be in one place, however it is written', () => {
  const mounts = [
    { path: '/in', storage: 'files' },
    { path: '//in/./', storage: 'bucket' },
  ]
  assert.deepEqual(mistakes({ mounts }), ['mounts: Two mounts have the same path.'])
})

test('home lies in a mount, or above one', () => {
  const mounts = [{ path: '/a/b', storage: 'files' }]
  for (const home of ['/', '/a', '/a/b', '/a/b/c']) assert.deepEqual(mistakes({ mounts, home }), [], home)
  for (const home of ['/c', '/a/bc'])
    assert.deepEqual(mistakes({ mounts, home }), ['home: It lies in no mount, and above none.'])
})

test('a password in the configuration is hashed at the start, a hash is taken as it is', async () => {
  const made = await hashFor(accountOptions.parse(least))
  assert.match(made ?? '', /^\$argon2id\$/)
  assert.ok(await verifyPassword(made ?? '', new TextEncoder().encode('secret')))
  assert.equal(await hashFor(accountOptions.parse({ ...least, password: undefined, passwordHash: hash })), hash)
  const guest = { ...least, password: undefined, anonymous: true, name: 'ftp' }
  assert.equal(await hashFor(accountOptions.parse(guest)), null)
})

test('an account as the program knows it holds no password', () => {
  const account = toAccount(accountOptions.parse(least), hash)
  assert.ok(!JSON.stringify(account).includes('secret'))
})

test('the JSON Schema describes every field, and marks what is secret', () => {
  const schema = z.toJSONSchema(accountOptions, { io: 'input' })
  const fields = Object.entries(schema.properties ?? {})
  assert.ok(fields.length >= 20)
  for (const [name, field] of fields) assert.ok(typeof field === 'object' && field.description, name)
  assert.deepEqual(
    fields.filter(([, field]) => typeof field === 'object' && field.writeOnly).map(([name]) => name),
    ['password', 'passwordHash'],
  )
})
