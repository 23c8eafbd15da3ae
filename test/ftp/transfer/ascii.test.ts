import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crlfToLf, lfToCrlf } from '../../../src/ftp/transfer/ascii.ts'
import { chunkedText, collected, lent } from './chunks.ts'

test('an upload: each CRLF becomes LF and nothing else changes, wherever the chunks are cut', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedText, async (chunks) => {
      const expected = Buffer.concat(chunks).toString('latin1').replaceAll('\r\n', '\n')
      assert.equal((await collected(crlfToLf(lent(chunks)))).toString('latin1'), expected)
    }),
  )
})

test('a download: each LF without CR in front gets one, wherever the chunks are cut', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedText, async (chunks) => {
      const expected = Buffer.concat(chunks)
        .toString('latin1')
        .replaceAll(/(?<!\r)\n/g, '\r\n')
      assert.equal((await collected(lfToCrlf(lent(chunks)))).toString('latin1'), expected)
    }),
  )
})

test('text with LF alone comes back as it went', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedText, async (chunks) => {
      const text = Buffer.from(Buffer.concat(chunks).toString('latin1').replaceAll('\r', ''), 'latin1')
      assert.deepEqual(await collected(crlfToLf(lfToCrlf(lent([text])))), text)
    }),
  )
})
