import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { load, loadRight } from './drivers.ts'

test('the environment overrides the file, and the file the defaults', async () => {
  const environment = { SLUICE__LIMITS__SESSIONS: '5', SLUICE__LIMITS__IDLETIMEOUT: '10m' }
  const { limits } = await loadRight('limits: { sessions: 7, loginFailures: 3 }', { environment })
  assert.deepEqual([limits.sessions, limits.idleTimeout, limits.loginFailures], [5, 600_000, 3])
})

test('names are found without regard to case, underscores and dashes', async () => {
  const { limits, storages } = await loadRight(
    'storages: { My-Files: { driver: disk, directory: /a }, files: { driver: disk, directory: /b } }',
    {
      environment: { sluice__Limits__sessions_per_address: '9', SLUICE__STORAGES__MY_FILES__DIRECTORY: '/c' },
    },
  )
  assert.equal(limits.sessionsPerAddress, 9)
  assert.deepEqual(storages['My-Files']?.options, { directory: '/c', sync: true })
})

test('a list grows by the next number, and a storage by a new name', async () => {
  const configuration = await loadRight('', {
    environment: {
      SLUICE__LISTENERS__0__PORT: '0',
      SLUICE__LISTENERS__2__PORT: '21',
      SLUICE__STORAGES__NEW__BUCKET: 'b',
      SLUICE__STORAGES__NEW__DRIVER: 'bucket',
      SLUICE__ACCOUNTS__0__NAME: 'ada',
      SLUICE__ACCOUNTS__0__PASSWORD: '12345',
      SLUICE__ACCOUNTS__0__MOUNTS__0__STORAGE: 'new',
      SLUICE__ACCOUNTS__0__PERMISSIONS: '[list, read]',
    },
  })
  assert.deepEqual(
    configuration.listeners.map(({ port }) => port),
    [0, 2990, 21],
  )
  assert.deepEqual(configuration.storages['new'], { driver: 'bucket', options: { bucket: 'b' } })
  const [account] = configuration.accounts
  assert.deepEqual([account?.name, account?.password, account?.permissions], ['ada', '12345', ['list', 'read']])
})

test('every text is a password, also one that looks like YAML', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('5', 'null', '[x', 'a # b', 'a: b', '"q"', '~', '0x1F')),
      async (password) => {
        const { accounts } = await loadRight('accounts: [{ name: ada, password: x, mounts: [{ storage: files }] }]', {
          environment: { SLUICE__ACCOUNTS__0__PASSWORD: password },
        })
        assert.equal(accounts[0]?.password, password)
      },
    ),
    { numRuns: 60 },
  )
})

test('a variable that means nothing is a mistake, and so is one with a wrong value, by its own name', async () => {
  const { configuration, lines } = await load('', {
    environment: {
      SLUICE__LIMIT__SESSIONS: '5',
      SLUICE__LISTENERS__7__PORT: '21',
      SLUICE__LIMITS__SESSIONS: 'many',
      SLUICE_CERT: '/not/ours',
    },
  })
  assert.equal(configuration, null)
  assert.deepEqual(lines.toSorted(), [
    'SLUICE__LIMITS__SESSIONS: limits.sessions: Expected a number.',
    'SLUICE__LIMIT__SESSIONS: Names no field of the configuration.',
    'SLUICE__LISTENERS__7__PORT: Names no field of the configuration.',
  ])
})

test('no name in the environment reaches what all objects share', async () => {
  await load('', { environment: { SLUICE____PROTO____POLLUTED: '1', SLUICE__STORAGES____PROTO__: '{ a: 1 }' } })
  await load('storages: { __proto__: { driver: disk, directory: /x } }')
  assert.ok(!('polluted' in {}) && !('driver' in {}) && !('a' in {}))
})
