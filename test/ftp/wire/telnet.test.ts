import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { telnetFilter } from '../../../src/ftp/wire/telnet.ts'

const bytes = (...parts: readonly (number | string)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.of(part))))

/** What is left of the chunks, as Latin-1. */
function clean(...chunks: readonly Uint8Array[]): string {
  const filter = telnetFilter()
  return Buffer.concat(chunks.map((chunk) => filter.clean(chunk))).toString('latin1')
}

test('a doubled IAC is one byte 0xFF of a name', () => {
  assert.equal(clean(bytes('DELE ', 0xff, 0xff, '\r\n')), 'DELE \xff\r\n')
})

test('negotiations are dropped with their option byte', () => {
  for (const verb of [0xfb, 0xfc, 0xfd, 0xfe]) assert.equal(clean(bytes('a', 0xff, verb, 0x0a, 'b')), 'ab')
})

test('other Telnet commands are dropped, two bytes each', () => {
  for (const command of [0xf0, 0xf1, 0xf2, 0xf4, 0xf6, 0xf9]) assert.equal(clean(bytes('a', 0xff, command, 'b')), 'ab')
})

test('an IAC before an ordinary byte is dropped alone: the urgent byte between them never arrived', () => {
  assert.equal(clean(bytes(0xff, 0xf4, 0xff, 'ABOR\r\n')), 'ABOR\r\n')
  assert.equal(clean(bytes(0xff, 0xf4, 0xff, 0xf2, 'ABOR\r\n')), 'ABOR\r\n')
  assert.equal(clean(bytes('a', 0xff, 0xef, 'b')), 'a\xefb')
})

test('a data mark right behind an interrupt is dropped without its IAC, and one anywhere else is a byte of a name', () => {
  assert.equal(clean(bytes(0xff, 0xf4, 0xf2, 'ABOR\r\n')), 'ABOR\r\n')
  assert.equal(clean(bytes(0xff, 0xf4, 0xf2, 0xf2, 'A')), '\xf2A')
  assert.equal(clean(bytes(0xff, 0xf4, 'A', 0xf2)), 'A\xf2')
})

test('a subnegotiation is dropped up to IAC SE, doubled IACs inside it too', () => {
  assert.equal(clean(bytes('a', 0xff, 0xfa, 0x18, 'xterm', 0xff, 0xff, 'y', 0xff, 0xf0, 'b')), 'ab')
})

test('a subnegotiation that never ends costs one line and not the next', () => {
  assert.equal(clean(bytes('a', 0xff, 0xfa, 'junk\nNOOP\r\n')), 'a\nNOOP\r\n')
  assert.equal(clean(bytes(0xff, 0xfa, 'junk', 0xff, '\nNOOP\r\n')), '\nNOOP\r\n')
})

test('a chunk without Telnet is passed on as it is', () => {
  const chunk = bytes('NOOP\r\n')
  assert.equal(telnetFilter().clean(chunk), chunk)
})

test('dropped bytes are counted until a line ends, and forgotten on clear', () => {
  const filter = telnetFilter()
  filter.clean(bytes('a', 0xff, 0xf1, 0xff, 0xf1))
  assert.equal(filter.droppedBytes(), 4)
  filter.clean(bytes('b\n'))
  assert.equal(filter.droppedBytes(), 0)
  filter.clean(bytes(0xff, 0xf1, 'b\n', 0xff, 0xfb))
  assert.equal(filter.droppedBytes(), 2)
  filter.clear()
  assert.equal(filter.droppedBytes(), 0)
  assert.deepEqual(filter.clean(bytes('x')), bytes('x'))
})

test('where the network cuts the stream changes nothing', () => {
  const byte = fc.oneof(fc.constantFrom(0xff, 0xfa, 0xf0, 0xfb, 0xf4, 0x0a), fc.nat(255))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 60 }), fc.array(fc.nat(60)), (input, cuts) => {
      const whole = Uint8Array.from(input)
      const edges = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length]
      const chunks = edges.slice(1).map((edge, index) => whole.subarray(edges[index], edge))
      assert.equal(clean(...chunks), clean(whole))
    }),
  )
})

test('any bytes come through once every 0xFF is doubled', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (input) => {
      const doubled = Uint8Array.from([...input].flatMap((byte) => (byte === 0xff ? [byte, byte] : [byte])))
      assert.equal(clean(doubled), Buffer.from(input).toString('latin1'))
    }),
  )
})
