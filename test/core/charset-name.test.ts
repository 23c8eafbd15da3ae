import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isUsableCharset } from '../../src/core/charset-name.ts'

test('character sets that hold ASCII as it is can hold names', () => {
  for (const name of ['UTF-8', 'GBK', 'GB18030', 'Shift_JIS', 'EUC-JP', 'Big5', 'windows-1252', 'KOI8-R', 'latin1'])
    assert.ok(isUsableCharset(name), name)
})

test('those in which a slash may be something else cannot, and unknown ones neither', () => {
  for (const name of [
    'UTF-16',
    'utf16le',
    'UTF-32',
    'utf7',
    'utf7imap',
    'base64',
    'hex',
    '_internal',
    'cp864',
    'klingon',
  ])
    assert.ok(!isUsableCharset(name), name)
  fc.assert(fc.property(fc.string(), (name) => typeof isUsableCharset(name) === 'boolean'))
})
