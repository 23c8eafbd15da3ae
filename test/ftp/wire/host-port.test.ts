import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatEpsv, formatPasv, parseEprt, parseEpsvArgument, parsePort } from '../../../src/ftp/wire/host-port.ts'
import { anyText } from './any-text.ts'

const port = fc.nat(65_535)

test('PORT gives address and port', () => {
  assert.deepEqual(parsePort('10,0,0,9,4,1'), { host: '10.0.0.9', port: 1025 })
  assert.deepEqual(parsePort('127,000,00,1,235,042'), { host: '127.0.0.1', port: 60_202 })
})

test('PORT takes six decimal fields up to 255 and nothing else', () => {
  const refused = ['', '1,2,3,4,5', '1,2,3,4,5,6,7', '256,0,0,1,1,1', '1,2,3,4,5,256', '1,2,3,4,5,', ',1,2,3,4,5']
  const lenient = ['1, 2,3,4,5,6', ' 1,2,3,4,5,6', '1,2,3,4,5,6 ', '+1,2,3,4,5,6', '0x1,2,3,4,5,6', '1e1,2,3,4,5,6']
  const odd = ['-1,2,3,4,5,6', '１,2,3,4,5,6', '1.2.3.4.5.6', '(1,2,3,4,5,6)', '0001,2,3,4,5,6', '1,2,3,4,5,6\n']
  for (const text of [...refused, ...lenient, ...odd]) assert.equal(parsePort(text), null, JSON.stringify(text))
})

test('what 227 says, PORT understands', () => {
  fc.assert(
    fc.property(fc.ipV4(), port, (host, number) =>
      assert.deepEqual(parsePort(formatPasv(host, number)), { host, port: number }),
    ),
  )
})

test('EPRT takes any printable delimiter', () => {
  assert.deepEqual(parseEprt('|1|132.235.1.2|6275|'), { family: 1, host: '132.235.1.2', port: 6275 })
  assert.deepEqual(parseEprt('|2|1080::8:800:200C:417A|5282|'), {
    family: 2,
    host: '1080::8:800:200C:417A',
    port: 5282,
  })
  assert.deepEqual(parseEprt('!1!10.0.0.9!1025!'), { family: 1, host: '10.0.0.9', port: 1025 })
})

test('an unknown family is told apart, for 522', () => {
  assert.deepEqual(parseEprt('|3|whatever|1025|'), { family: 3, host: 'whatever', port: 1025 })
})

test('address and family must agree, and only plain literals count', () => {
  const wrong = ['|1|::1|1025|', '|2|10.0.0.9|1025|', '|1|localhost|1025|', '|1|10.0.0.009|1025|', '|1|10.9|1025|']
  const scoped = ['|2|fe80::1%eth0|1025|', '|2|[::1]|1025|', '|2|::ffff:10.0.0.9|1025|', '|2|::ffff:a00:9|1025|']
  for (const text of [...wrong, ...scoped, '|2|0:0:0:0:0:FFFF:10.0.0.9|1025|', '|1|0x7f.1|1025|'])
    assert.equal(parseEprt(text), null, text)
})

test('EPRT that is cut, padded or has no decimal port is refused', () => {
  const texts = ['', '|', '||||', '|1|10.0.0.9|1025', '1|10.0.0.9|1025|', '|1|10.0.0.9|1025||', '|1|10.0.0.9|65536|']
  const lenient = [
    '|1|10.0.0.9|0x401|',
    '|1|10.0.0.9|1e3|',
    '|1|10.0.0.9| 1025|',
    '|+1|10.0.0.9|1025|',
    '|1|10.0.0.9||',
    '||10.0.0.9|1025|',
  ]
  for (const text of [
    ...texts,
    ...lenient,
    ' 1 10.0.0.9 1025 ',
    '\x011\x0110.0.0.9\x011025\x01',
    '|1||1025|',
    '|300|x|1|',
  ])
    assert.equal(parseEprt(text), null, JSON.stringify(text))
})

test('every address goes through EPRT unchanged', () => {
  const plainV6 = fc.ipV6().filter((host) => !host.includes('.'))
  const address = fc.oneof(fc.tuple(fc.constant(1), fc.ipV4()), fc.tuple(fc.constant(2), plainV6))
  fc.assert(
    fc.property(address, port, fc.constantFrom('|', '!', '#', '~', '/'), ([family, host], number, d) =>
      assert.deepEqual(parseEprt(d + [family, host, number].join(d) + d), { family, host, port: number }),
    ),
  )
})

test('229 has three bars, the port, and a bar', () => {
  assert.equal(formatEpsv(60_202), '|||60202|')
})

test('EPSV asks for any protocol, for one, or for ALL', () => {
  assert.equal(parseEpsvArgument(null), 'any')
  assert.equal(parseEpsvArgument('aLL'), 'all')
  assert.equal(parseEpsvArgument('2'), 2)
  for (const text of ['', 'x', '1 ', '+1', '-1', '0x1', '１', 'ALL ', '99999'])
    assert.equal(parseEpsvArgument(text), null)
})

test('no text makes a parser throw, and what is accepted is within range', () => {
  const text = fc.oneof(anyText(), fc.stringMatching(/^[|,0-9.:%]*$/))
  fc.assert(
    fc.property(text, (input) => {
      parseEpsvArgument(input)
      for (const parsed of [parsePort(input), parseEprt(input)])
        if (parsed !== null) assert.ok(parsed.port >= 0 && parsed.port <= 65_535 && parsed.host !== '')
    }),
  )
})
