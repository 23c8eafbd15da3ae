import assert from 'node:assert/strict'
import { test } from 'node:test'
import { floodGate } from '../../src/log/flood-gate.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

test('of what strangers can cause 600 lines a minute are written, and the next one tells how many were left out', () => {
  const clock = turnedClock()
  const gate = floodGate(() => clock.monotonic())
  const admitted = (message: string) =>
    Array.from({ length: 1000 }, () => gate.admit(message)).filter((it) => it !== null)
  assert.equal(admitted('login denied').length, 600)
  assert.equal(admitted('TLS handshake failed').length, 600)
  clock.turn(60_000)
  assert.equal(gate.admit('login denied'), 400)
  assert.equal(gate.admit('login denied'), 0)
  clock.turn(60_000)
  assert.equal(gate.admit('login denied'), 0)
})

test('what only clients can cause that are known is always written', () => {
  const gate = floodGate(() => 0)
  for (let i = 0; i < 5000; i++) assert.equal(gate.admit('transfer'), 0)
})
