import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { formatReply, multilineReply, quotePath, reply } from '../../../src/ftp/wire/reply.ts'
import { anyText } from './any-text.ts'

test('a reply of one line is its code, a space and the text', () => {
  assert.equal(formatReply(reply(220, 'Sluice ready.')), '220 Sluice ready.\r\n')
})

test('a reply of several lines has its code on the first and the last', () => {
  const text = formatReply(multilineReply(211, 'Features:', [' MDTM', ' SIZE'], 'End'))
  assert.equal(text, '211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n')
  assert.equal(formatReply(multilineReply(211, 'Nothing:', [], 'End')), '211-Nothing:\r\n211 End\r\n')
})

test('an inner line that begins with a digit gets a space, so that it cannot end the reply', () => {
  const text = formatReply(multilineReply(212, 'Status:', ['212 End of status.', '-rw-r--r--', ' 1'], 'End.'))
  assert.equal(text, '212-Status:\r\n 212 End of status.\r\n-rw-r--r--\r\n 1\r\n212 End.\r\n')
})

test('no line can forge another: control characters become question marks', () => {
  assert.equal(formatReply(reply(257, '"/a\r\n230 Welcome.\x1b[2J"')), '257 "/a??230 Welcome.?[2J"\r\n')
})

test('whatever the lines hold, exactly as many go out, each shaped as it must be', () => {
  const line = fc.oneof(anyText(), fc.constantFrom('\r\n', '226 Done.', '226-x', '\n226 x', '\0', '\x7f'))
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), fc.array(line, { minLength: 1, maxLength: 6 }), (code, lines) => {
      const text = formatReply({ code, lines })
      assert.ok(text.endsWith('\r\n'))
      const out = text.slice(0, -2).split('\r\n')
      assert.equal(out.length, lines.length)
      assert.ok(!/[\0-\x1f\x7f]/.test(out.join('')))
      const last = out.pop() ?? ''
      assert.ok(last.startsWith(`${code} `))
      for (const [index, inner] of out.entries())
        assert.ok(index === 0 ? inner.startsWith(`${code}-`) : !/^\d/.test(inner), inner)
    }),
  )
})

test('text without control characters goes out as it is', () => {
  const plain = anyText().filter((text) => !/[\0-\x1f\x7f]/.test(text))
  fc.assert(fc.property(plain, (text) => assert.equal(formatReply(reply(200, text)), `200 ${text}\r\n`)))
})

test('quotes in a path are doubled', () => {
  assert.equal(quotePath('/dir with "quotes"'), '"/dir with ""quotes"""')
})

test('a client that undoes the quoting has the path again', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', 'a', ' ', '/') }), (path) => {
      const inner = /^"((?:[^"]|"")*)"$/.exec(quotePath(path))?.[1]
      assert.equal(inner?.replaceAll('""', '"'), path)
    }),
  )
})
