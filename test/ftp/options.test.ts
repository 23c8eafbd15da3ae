import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { listenerOptions } from '../../src/ftp/listener-options.ts'
import { passiveOptions } from '../../src/ftp/passive-options.ts'
import { tlsOptions } from '../../src/ftp/tls-options.ts'

const isRight = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success

test('data in clear inside TLS is refused where TLS is a must, unless told otherwise', () => {
  const clearData = (listener: object) => listenerOptions.parse({ port: 0, ...listener }).clearData
  assert.deepEqual(
    ['none', 'explicit', 'required', 'implicit'].map((tls) => clearData({ tls })),
    ['allow', 'allow', 'refuse', 'refuse'],
  )
  assert.equal(clearData({ tls: 'implicit', clearData: 'allow' }), 'allow')
  assert.equal(clearData({ tls: 'explicit', clearData: 'refuse' }), 'refuse')
})

test('a banner is one line: it cannot make replies of its own', () => {
  for (const banner of ['Hello\r\n220 again', 'a\nb', '\x1b[1m', '', 'x'.repeat(401)])
    assert.ok(!isRight(listenerOptions, { port: 21, banner }), banner)
  assert.ok(isRight(listenerOptions, { port: 21, banner: 'LotusLive FTP upload server' }))
})

test('an address is an IP or a host name, without a port', () => {
  for (const address of ['::', '0.0.0.0', '127.0.0.1', 'localhost', 'ftp.example.org', '2001:db8::1'])
    assert.ok(isRight(listenerOptions, { port: 21, address }), address)
  for (const address of ['', 'a b', '127.0.0.1:21', '[::1]', 'http://x', '-a', 'a..b', 21])
    assert.ok(!isRight(listenerOptions, { port: 21, address }), String(address))
})

test('passive ports are a range or a single port', () => {
  const ports = (value: unknown) => passiveOptions.parse({ ports: value }).ports
  assert.deepEqual(ports('60000-61000'), { first: 60_000, last: 61_000 })
  assert.deepEqual(ports('60000 - 60001'), { first: 60_000, last: 60_001 })
  assert.deepEqual(ports(5000), { first: 5000, last: 5000 })
  assert.deepEqual(ports('5000'), { first: 5000, last: 5000 })
  for (const wrong of ['', '-', '5-', '-5', '7-2', '0-5', '1-65536', 0, 65_536, 1.5, -5, '1-2-3', '0x10', null, true])
    assert.ok(!isRight(passiveOptions, { ports: wrong }), String(wrong))
})

test('every range of ports that is written is the one that is read', () => {
  const port = fc.integer({ min: 1, max: 65_535 })
  fc.assert(
    fc.property(port, port, (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)]
      assert.deepEqual(passiveOptions.parse({ ports: `${first}-${last}` }).ports, { first, last })
      assert.equal(isRight(passiveOptions, { ports: `${last}-${first}` }), first === last)
    }),
  )
})

test('the address told to clients has two names, of which one is given; none: the one they reached', () => {
  assert.equal(passiveOptions.parse({}).address, 'own')
  assert.equal(passiveOptions.parse({ masqueradeAddress: '203.0.113.7' }).address, '203.0.113.7')
  assert.equal(passiveOptions.parse({ address: 'ftp.example.org' }).address, 'ftp.example.org')
  assert.ok(!isRight(passiveOptions, { address: 'own', masqueradeAddress: '203.0.113.7' }))
  assert.ok(!isRight(passiveOptions, { address: '2001:db8::1' }), 'PASV has no room for IPv6')
})

test('an address for some clients needs a block of addresses', () => {
  const clients = (text: string) => isRight(passiveOptions, { addressFor: [{ clients: text, address: '10.0.0.1' }] })
  for (const text of ['10.0.0.0/8', '10.1.2.3', '2001:db8::/32', '::/0', '0.0.0.0/0']) assert.ok(clients(text), text)
  for (const text of ['10.0.0.0/33', '2001:db8::/129', 'example.org', '10/8', '10.0.0.0/', '', '/8'])
    assert.ok(!clients(text), text)
})

test('certificate and key go together, and TLS is 1.2 or newer', () => {
  assert.ok(isRight(tlsOptions, {}))
  assert.ok(isRight(tlsOptions, { certificateFile: 'c', keyFile: 'k' }))
  for (const wrong of [
    { certificateFile: 'c' },
    { keyFile: 'k' },
    { minimumVersion: 'TLSv1.1' },
    { certificates: [{ certificateFile: 'c' }] },
  ])
    assert.ok(!isRight(tlsOptions, wrong))
})
