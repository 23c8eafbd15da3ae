import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { charsetCodec } from '../../../src/ftp/wire/charset.ts'
import { looksForeign, parseCommandLine } from '../../../src/ftp/wire/command-line.ts'
import { anyText } from './any-text.ts'

const utf8 = (text: string) => Buffer.from(text, 'utf8')
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const parse = (text: string) => parseCommandLine(utf8(text))

/** Verb and text of a line that is a command. */
function command(line: Uint8Array): [string, string | null] {
  const parsed = parseCommandLine(line)
  assert.equal(parsed.kind, 'command')
  return parsed.kind === 'command' ? [parsed.verb, parsed.text] : ['', null]
}

/** The code of a line that is refused. */
function refusal(line: Uint8Array): number | null {
  const parsed = parseCommandLine(line)
  return parsed.kind === 'refused' ? parsed.code : null
}

test('verbs come in any case', () => {
  assert.deepEqual(command(utf8('stor A')), ['STOR', 'A'])
  assert.deepEqual(command(utf8('QuIt')), ['QUIT', null])
})

test('one space ends the verb, and everything behind it belongs to the argument', () => {
  assert.deepEqual(command(utf8('DELE  a  b ')), ['DELE', ' a  b '])
  assert.deepEqual(command(utf8('CWD "a" %20 \\ ~ -v')), ['CWD', '"a" %20 \\ ~ -v'])
  assert.deepEqual(command(utf8('DELE \t')), ['DELE', '\t'])
})

test('a verb with nothing but its space has no argument', () => {
  assert.deepEqual(command(utf8('LIST ')), ['LIST', null])
})

test('what is no verb is 500, and none of it is told', () => {
  const lines = [' NOOP', '', 'NO-OP', 'ST\0R x', 'X'.repeat(17), 'NOOP\t', '\x16\x03\x01', 'ÜSER a', 'N\rOP', '1234']
  for (const line of lines) {
    assert.equal(refusal(utf8(line)), 500, JSON.stringify(line))
    assert.deepEqual(parse(line), { kind: 'refused', code: 500, sentence: 'Command not understood.', verb: null })
  }
})

test('NUL and CR in an argument are 501, in a password too', () => {
  for (const line of ['DELE a\0.txt', 'DELE \0', 'DELE a\rb', 'DELE a\r\0', 'DELE a\r', 'PASS a\0b', 'PASS a\rb'])
    assert.equal(refusal(utf8(line)), 501, JSON.stringify(line))
})

test('bytes that are not UTF-8 are 501: stray, cut, overlong, surrogate, beyond the last code point', () => {
  for (const bytes of ['\xff', '\xc3', '\xc0\xaf', '\xe0\x80\xaf', '\xed\xa0\x80', '\xf4\x90\x80\x80', 'caf\xe9'])
    assert.equal(refusal(latin1(`DELE ${bytes}`)), 501)
})

test('U+FEFF and U+FFFD sent as themselves, and both normal forms, stay as they are', () => {
  for (const name of ['\uFEFFa', 'a\uFFFD', '\u00E9', 'e\u0301'])
    assert.deepEqual(command(utf8(`DELE ${name}`)), ['DELE', name])
})

test('a password keeps its bytes, whatever they are', () => {
  const parsed = parseCommandLine(latin1('PASS  caf\xe9 '))
  assert.ok(parsed.kind === 'command')
  assert.equal(parsed.text, null)
  assert.equal(Buffer.from(parsed.raw).toString('latin1'), ' caf\xe9 ')
})

test('an account with a legacy charset has its names read in it', () => {
  const gbk = charsetCodec('GBK')
  assert.ok(gbk !== null)
  const parsed = parseCommandLine(latin1('DELE \xd6\xd0\xce\xc4'), gbk.decode)
  assert.equal(parsed.kind === 'command' && parsed.text, '中文')
})

test('every UTF-8 argument without NUL and CR comes through as it was sent', () => {
  const argument = anyText({ minLength: 1 }).map((text) => text.replaceAll(/[\0\r]/g, '_'))
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,15}$/), argument, (verb, text) => {
      const parsed = parse(`${verb} ${text}`)
      assert.ok(parsed.kind === 'command')
      assert.deepEqual([parsed.verb, parsed.text], [verb.toUpperCase(), text])
      assert.deepEqual(Buffer.from(parsed.raw), utf8(text))
    }),
  )
})

test('arbitrary bytes are a command or a refusal, and never throw', () => {
  const line = fc.oneof(
    fc.uint8Array(),
    fc.uint8Array().map((bytes) => Buffer.concat([utf8('DELE '), bytes])),
  )
  fc.assert(
    fc.property(line, (bytes) => {
      const parsed = parseCommandLine(bytes)
      if (parsed.kind === 'command') assert.match(parsed.verb, /^[A-Z][A-Z0-9]{0,15}$/)
      else assert.ok(!/[\0-\x1f\x7f-\uffff]/.test(parsed.sentence))
    }),
  )
})

test('HTTP, SMTP, SSH and TLS are known by their first line', () => {
  const lines = [
    'GET / HTTP/1.1',
    'GET /',
    'POST /x HTTP/1.0',
    'OPTIONS * HTTP/1.1',
    'PRI * HTTP/2.0',
    'EHLO me',
    'helo x',
    'HELO',
    'SSH-2.0-x',
    'OPTIONS /xxxxxxx',
    'PUT /xxxxxxxxxxx',
    '\x16\x03\x01\x02\x00\x01',
  ]
  for (const line of lines) assert.ok(looksForeign(utf8(line)), line)
})

test('no FTP command looks foreign', () => {
  for (const line of [
    'USER ada',
    'HELP',
    'FEAT',
    'AUTH TLS',
    'STOR GET ',
    'HOST ssh-x',
    'CLNT my HTTP/1.1x',
    '',
    'NOOP',
  ])
    assert.ok(!looksForeign(utf8(line)), line)
})
