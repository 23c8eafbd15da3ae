import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { networkFilter, parseNetwork, plainAddress } from '../../src/accounts/networks.ts'

test('addresses and blocks are read, and an IPv4-mapped one is IPv4', () => {
  assert.deepEqual(parseNetwork('192.0.2.7'), { address: '192.0.2.7', family: 'ipv4', prefixBits: 32 })
  assert.deepEqual(parseNetwork('192.0.2.0/24'), { address: '192.0.2.0', family: 'ipv4', prefixBits: 24 })
  assert.deepEqual(parseNetwork('2001:db8::/32'), { address: '2001:db8::', family: 'ipv6', prefixBits: 32 })
  assert.deepEqual(parseNetwork('::ffff:192.0.2.0/120'), { address: '192.0.2.0', family: 'ipv4', prefixBits: 24 })
})

test('what is neither is null', () => {
  for (const text of [
    '',
    'localhost',
    '192.0.2',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/',
    '::/129',
    '1.2.3.4/8/8',
  ])
    assert.equal(parseNetwork(text), null, text)
  assert.equal(parseNetwork('::ffff:192.0.2.0/90'), null)
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseNetwork(text)
    }),
  )
})

test('an empty list lets everybody in, another its members only', () => {
  assert.ok(networkFilter([])('203.0.113.9'))
  const isAllowed = networkFilter(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32'])
  for (const address of ['192.0.2.1', '198.51.100.7', '::ffff:192.0.2.200', '2001:DB8::1', '2001:db8::1%eth0'])
    assert.ok(isAllowed(address), address)
  for (const address of ['192.0.3.1', '198.51.100.8', '2001:db9::1', '::1', '', 'unknown'])
    assert.ok(!isAllowed(address), address)
})

test('a list of which nothing can be read lets nobody in', () => {
  assert.ok(!networkFilter(['office'])('192.0.2.1'))
})

test('the zone and the mapped prefix go, the rest of an address stays', () => {
  assert.equal(plainAddress('::FFFF:192.0.2.1'), '192.0.2.1')
  assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1')
  fc.assert(fc.property(fc.ipV4(), (address) => plainAddress(`::ffff:${address}`) === address))
  fc.assert(fc.property(fc.ipV6(), (address) => plainAddress(address) === plainAddress(plainAddress(address))))
})
