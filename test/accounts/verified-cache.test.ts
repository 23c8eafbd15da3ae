import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifiedCache } from '../../src/accounts/verified-cache.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const proof = (name: string, password = 'secret', passwordHash = 'hash') => ({
  name,
  passwordHash,
  password: new TextEncoder().encode(password),
})

test('what was verified is known, for this name, hash and password only', () => {
  const cache = verifiedCache({ clock: turnedClock() })
  cache.add(proof('alice'))
  assert.ok(cache.has(proof('alice')))
  assert.ok(!cache.has(proof('bob')))
  assert.ok(!cache.has(proof('alice', 'other')))
  assert.ok(!cache.has(proof('alice', 'secret', 'another hash')))
})

test('the borders between name, hash and password count', () => {
  const cache = verifiedCache({ clock: turnedClock() })
  cache.add(proof('ab', 'd', 'c'))
  for (const [name, hash, password] of [
    ['a', 'bc', 'd'],
    ['ab', '', 'cd'],
    ['ab","c', '', 'd'],
  ] as const)
    assert.ok(!cache.has(proof(name, password, hash)))
})

test('it is forgotten a while after it was verified, however often it is used', () => {
  const clock = turnedClock()
  const cache = verifiedCache({ clock, lifetimeMilliseconds: 1000 })
  cache.add(proof('alice'))
  clock.turn(999)
  assert.ok(cache.has(proof('alice')))
  clock.turn(1)
  assert.ok(!cache.has(proof('alice')))
})

test('it holds a bounded number, and the oldest gives way', () => {
  const cache = verifiedCache({ clock: turnedClock(), entries: 2 })
  for (const name of ['a', 'b', 'a', 'c']) cache.add(proof(name))
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => cache.has(proof(name))),
    [true, false, true],
  )
  cache.clear()
  assert.ok(!cache.has(proof('c')))
})
