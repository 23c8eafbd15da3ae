import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FromWorker } from '../../src/workers/messages.ts'
import { outbox } from '../../src/workers/outbox.ts'

/** What leaves together, as lists of names. */
function box() {
  const left: string[][] = []
  const put = outbox((messages) => {
    left.push(messages.map((message) => (message.kind === 'tell' ? message.what : message.kind)))
  })
  return { left, put }
}

const slot = 1
const taken: FromWorker = { kind: 'taken', slot }
const ask: FromWorker = { kind: 'ask', call: 1, question: { about: 'login-delay', address: '192.0.2.1' } }
const accountLeft: FromWorker = { kind: 'tell', what: 'account-left', of: 'camera' }
const failed: FromWorker = { kind: 'tell', what: 'login-failed', of: '192.0.2.1' }

test('what is said in one breath travels together, in its order', async () => {
  const { left, put } = box()
  for (const message of [failed, accountLeft, { kind: 'left', slot } as const]) put(message)
  assert.deepEqual(left, [])
  await Promise.resolve()
  assert.deepEqual(left, [['login-failed', 'account-left', 'left']])
})

test('what nobody waits for travels with what somebody does wait for, and before it', async () => {
  const { left, put } = box()
  put(taken)
  await new Promise(setImmediate)
  assert.deepEqual(left, [])
  put(ask)
  await Promise.resolve()
  assert.deepEqual(left, [['taken', 'ask']])
})

test('that a client has logged in is told at once: strangers may have to make room', async () => {
  const { left, put } = box()
  put(taken)
  put({ kind: 'authenticated', slot })
  await Promise.resolve()
  assert.deepEqual(left, [['taken', 'authenticated']])
})

test('what nobody waits for leaves by itself when nothing else is said', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { left, put } = box()
  put(taken)
  put({ kind: 'tell', what: 'login-succeeded', of: '192.0.2.1' })
  t.mock.timers.tick(10)
  assert.deepEqual(left, [['taken', 'login-succeeded']])
  t.mock.timers.tick(1000)
  assert.equal(left.length, 1)
})
