import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { charsetCodec, utf8Codec, type TextCodec } from '../../../src/ftp/wire/charset.ts'
import { anyText } from './any-text.ts'

const charsets = ['GBK', 'GB18030', 'Shift_JIS', 'EUC-JP', 'EUC-KR', 'Big5', 'windows-1252', 'KOI8-R', 'ISO-8859-1']

function codec(name: string): TextCodec {
  const found = charsetCodec(name)
  assert.ok(found !== null, name)
  return found
}

test('names in a legacy charset become text and the same bytes again', () => {
  const names = [
    ['GBK', 'd6d0cec4', '中文'],
    ['Shift_JIS', '93fa967b', '日本'],
    ['EUC-KR', 'c7d1b1db', '한글'],
    ['windows-1252', '636166e9', 'café'],
  ] as const
  for (const [charset, hex, text] of names) {
    assert.equal(codec(charset).decode(Buffer.from(hex, 'hex')), text)
    assert.equal(Buffer.from(codec(charset).encode(text)).toString('hex'), hex)
  }
})

test('UTF-8 goes by its own codec, however it is spelt', () => {
  for (const name of ['UTF-8', 'utf8', 'Utf-8']) assert.equal(charsetCodec(name), utf8Codec)
})

test('unknown charsets, and those in which ASCII does not stand for itself, are refused', () => {
  for (const name of [
    'klingon',
    '',
    '__proto__',
    'UTF-7',
    'UTF-7-IMAP',
    'UTF-16',
    'utf16le',
    'ucs2',
    'UTF-32',
    'base64',
    'hex',
  ])
    assert.equal(charsetCodec(name), null, name)
})

test('bytes that are no characters are no text', () => {
  assert.equal(codec('GBK').decode(Buffer.from('ff41', 'hex')), null)
  assert.equal(codec('GBK').decode(Buffer.from('d6', 'hex')), null)
  assert.equal(codec('Shift_JIS').decode(Buffer.from('93', 'hex')), null)
})

test('broken UTF-8 is no text, and no byte order mark is taken off', () => {
  for (const hex of ['ff', 'c3', 'c0af', 'e080af', 'eda080', 'f4908080', '61c3'])
    assert.equal(utf8Codec.decode(Buffer.from(hex, 'hex')), null, hex)
  assert.equal(utf8Codec.decode(Buffer.from('efbbbf61', 'hex')), '\uFEFFa')
  assert.equal(utf8Codec.decode(Buffer.from('efbfbd', 'hex')), '\uFFFD')
})

test('two names never become one: what is text has one spelling only', () => {
  const byte = fc.oneof(fc.nat(255), fc.integer({ min: 0x80, max: 0xff }))
  const bytes = fc.array(byte, { maxLength: 12 }).map((list) => Uint8Array.from(list))
  fc.assert(
    fc.property(fc.constantFrom(...charsets, 'UTF-8'), bytes, (charset, input) => {
      const { decode, encode } = codec(charset)
      const text = decode(input)
      if (text !== null) assert.deepEqual(Buffer.from(encode(text)), Buffer.from(input))
    }),
    { numRuns: 1000 },
  )
})

test('in every charset a slash, a line end and NUL come from their own bytes alone', () => {
  for (const charset of charsets) {
    const { decode } = codec(charset)
    for (let pair = 0x8000; pair <= 0xffff; pair++) {
      const bytes = Uint8Array.of(pair >> 8, pair & 0xff)
      const text = decode(bytes)
      if (text === null) continue
      for (const [character, own] of [
        ['/', 0x2f],
        ['\n', 0x0a],
        ['\r', 0x0d],
        ['\0', 0x00],
      ] as const)
        assert.equal(text.includes(character), bytes.includes(own), `${charset} ${pair.toString(16)}`)
    }
  }
})

test('every text goes through UTF-8', () => {
  fc.assert(fc.property(anyText(), (text) => assert.equal(utf8Codec.decode(utf8Codec.encode(text)), text)))
})

test('a character that the charset lacks is shown as a question mark', () => {
  assert.equal(Buffer.from(codec('windows-1252').encode('a中b')).toString('latin1'), 'a?b')
})
