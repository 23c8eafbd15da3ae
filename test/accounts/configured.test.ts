import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '../../src/accounts/account.ts'
import type { Credentials } from '../../src/accounts/authenticator.ts'
import { configuredAuthenticator } from '../../src/accounts/configured.ts'
import { hashQueue } from '../../src/accounts/hash-queue.ts'
import { accountOptions } from '../../src/accounts/options.ts'
import { toAccount } from '../../src/accounts/to-account.ts'
import { verifiedCache } from '../../src/accounts/verified-cache.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const password = 'correct horse'
const hash = '$argon2id$v=19$m=1024,t=2,p=1$W9ypUu2q5Rk+4r2R3IVN4A$xPckOUwX4+Tq2qhYdQUTXhSoNijWqi+mhVle8P+CyBg'
const bcryptHash = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'

function account(name: string, changes: Partial<Account> = {}): Account {
  const options = accountOptions.parse({ name, passwordHash: hash, mounts: [{ path: '/', storage: 'files' }] })
  return { ...toAccount(options, hash), ...changes }
}

const login = (name: string, changes: Partial<Credentials> = {}): Credentials => ({
  name,
  password: new TextEncoder().encode(password),
  address: '192.0.2.1',
  isSecure: true,
  ...changes,
})

const wrong = { password: new TextEncoder().encode('wrong') }

/** An authenticator, and how many passwords it has hashed. */
function counted(accounts: readonly Account[], waiting = 100) {
  const clock = turnedClock()
  const gate = hashQueue({ waiting })
  let hashed = 0
  const queue = {
    run: <T>(task: () => Promise<T>) => {
      hashed++
      return gate.run(task)
    },
  }
  const authenticator = configuredAuthenticator(accounts, { clock, queue, cache: verifiedCache({ clock }) })
  return { authenticator, clock, hashed: () => hashed }
}

test('the right password gives the account, and any other nothing', async () => {
  const alice = account('alice')
  const { authenticator } = counted([alice])
  assert.equal(await authenticator.authenticate(login('alice')), alice)
  assert.equal(await authenticator.authenticate(login('alice', wrong)), null)
  assert.equal(await authenticator.authenticate(login('alice', { password: new Uint8Array() })), null)
})

const refusals: readonly (readonly [why: string, given: Account, credentials: Credentials])[] = [
  ['an unknown name', account('alice'), login('nobody')],
  ['a name of the language', account('alice'), login('__proto__')],
  ['the empty name', account('alice'), login('')],
  ['a wrong password', account('alice'), login('alice', wrong)],
  ['a disabled account', account('alice', { enabled: false }), login('alice')],
  ['an expired account', account('alice', { expires: new Date('2026-11-20T12:00:00Z') }), login('alice')],
  ['a foreign network', account('alice', { allowedNetworks: ['198.51.100.0/24'] }), login('alice')],
  ['a password in clear', account('alice', { requireTls: true }), login('alice', { isSecure: false })],
  ['an account without a hash', account('alice', { passwordHash: null }), login('alice')],
  ['an account with an empty hash', account('alice', { passwordHash: '' }), login('alice')],
]

for (const [why, given, credentials] of refusals) {
  test(`${why} is refused at the cost of one hash`, async () => {
    const { authenticator, hashed } = counted([given, account('bob')])
    assert.equal(await authenticator.authenticate(credentials), null)
    assert.equal(hashed(), 1)
  })
}

test('whoever may not enter pays for the hash, also when the password was verified a moment ago', async () => {
  const { authenticator, hashed } = counted([account('alice', { allowedNetworks: ['192.0.2.0/24'] })])
  assert.ok(await authenticator.authenticate(login('alice')))
  assert.equal(await authenticator.authenticate(login('alice', { address: '203.0.113.1' })), null)
  assert.equal(hashed(), 2)
  assert.ok(await authenticator.authenticate(login('alice', { address: '::ffff:192.0.2.9' })))
  assert.equal(hashed(), 2)
})

test('a password over 1024 bytes is wrong without being hashed', async () => {
  const { authenticator, hashed } = counted([account('alice')])
  assert.equal(await authenticator.authenticate(login('alice', { password: new Uint8Array(1025) })), null)
  assert.equal(hashed(), 0)
  assert.equal(await authenticator.authenticate(login('alice', { password: new Uint8Array(1024) })), null)
  assert.equal(hashed(), 1)
})

test('a device that logs in again and again costs one hash, until five minutes have passed', async () => {
  const { authenticator, clock, hashed } = counted([account('alice')])
  for (let i = 0; i < 20; i++) assert.ok(await authenticator.authenticate(login('alice')))
  assert.equal(hashed(), 1)
  clock.turn(5 * 60_000)
  assert.ok(await authenticator.authenticate(login('alice')))
  assert.equal(hashed(), 2)
})

test('wrong passwords are never remembered, neither as right nor as wrong', async () => {
  const { authenticator, hashed } = counted([account('alice')])
  assert.ok(await authenticator.authenticate(login('alice')))
  for (let i = 0; i < 3; i++) assert.equal(await authenticator.authenticate(login('alice', wrong)), null)
  assert.equal(hashed(), 4)
})

test('when too many passwords wait, known and unknown names are told the same', async () => {
  const { authenticator } = counted([account('alice')], 0)
  const running = [authenticator.authenticate(login('alice', wrong)), authenticator.authenticate(login('alice', wrong))]
  for (const name of ['alice', 'nobody'])
    await assert.rejects(authenticator.authenticate(login(name, wrong)), { code: 'too-busy' })
  assert.deepEqual(await Promise.all(running), [null, null])
})

test('a new list counts for logins from then on, and an old password is not remembered', async () => {
  const { authenticator, hashed } = counted([account('alice'), account('bob')])
  assert.ok(await authenticator.authenticate(login('alice')))
  authenticator.replace([account('alice', { home: '/in' as Account['home'] })])
  assert.equal((await authenticator.authenticate(login('alice')))?.home, '/in')
  assert.equal(hashed(), 2)
  assert.equal(await authenticator.authenticate(login('bob')), null)
})

test('an account expires at its moment, not before', async () => {
  const { authenticator, clock } = counted([account('alice', { expires: new Date('2026-11-20T12:00:01Z') })])
  assert.ok(await authenticator.authenticate(login('alice')))
  clock.turn(1000)
  assert.equal(await authenticator.authenticate(login('alice')), null)
})

test('anonymous FTP takes any password under either name, where it is set up', async () => {
  const guest = account('anonymous', { passwordHash: null })
  const { authenticator, hashed } = counted([guest, account('alice')])
  for (const name of ['anonymous', 'ftp', 'Anonymous', 'FTP'])
    assert.equal(await authenticator.authenticate(login(name, wrong)), guest)
  assert.equal(hashed(), 0)
  const without = counted([account('alice')])
  assert.equal(await without.authenticator.authenticate(login('anonymous')), null)
})

test('anonymous FTP is held to its networks, its end and TLS as others are', async () => {
  const changes = { passwordHash: null, requireTls: true, allowedNetworks: ['192.0.2.0/24'] }
  const { authenticator } = counted([account('ftp', changes)])
  assert.ok(await authenticator.authenticate(login('anonymous')))
  assert.equal(await authenticator.authenticate(login('anonymous', { isSecure: false })), null)
  assert.equal(await authenticator.authenticate(login('ftp', { address: '203.0.113.1' })), null)
})

test('an account named ftp that has a password is not open to anonymous', async () => {
  const { authenticator } = counted([account('ftp')])
  assert.ok(await authenticator.authenticate(login('ftp')))
  assert.equal(await authenticator.authenticate(login('anonymous')), null)
  assert.equal(await authenticator.authenticate(login('FTP')), null)
})

test('hashes of several kinds stand side by side', async () => {
  const { authenticator } = counted([account('alice'), account('bob', { passwordHash: bcryptHash })])
  assert.ok(await authenticator.authenticate(login('alice')))
  assert.ok(await authenticator.authenticate(login('bob', { password: new TextEncoder().encode('U*U') })))
  assert.equal(await authenticator.authenticate(login('nobody')), null)
})

test('an unknown name is told what most names are told about TLS', () => {
  const secured = { requireTls: true }
  const most = counted([account('a', secured), account('b', secured), account('c')]).authenticator
  assert.deepEqual([most.requiresTls('a'), most.requiresTls('c'), most.requiresTls('nobody')], [true, false, true])
  const few = counted([account('a', secured), account('b')]).authenticator
  assert.deepEqual([few.requiresTls('a'), few.requiresTls('nobody')], [true, false])
  assert.equal(counted([]).authenticator.requiresTls('nobody'), false)
})
