import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountSessions } from '../../src/accounts/sessions.ts'

test('an account has as many sessions as it may, and another after one left', async () => {
  const sessions = accountSessions()
  assert.equal(await sessions.enter('alice', 2), true)
  assert.equal(await sessions.enter('alice', 2), true)
  assert.equal(await sessions.enter('alice', 2), false)
  assert.equal(await sessions.enter('__proto__', 1), true)
  sessions.leave('alice')
  assert.equal(await sessions.enter('alice', 2), true)
})

test('leaving more often than entering gives nothing', async () => {
  const sessions = accountSessions()
  sessions.leave('alice')
  assert.equal(await sessions.enter('alice', 1), true)
  assert.equal(await sessions.enter('alice', 1), false)
})
