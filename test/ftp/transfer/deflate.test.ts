import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { isGatewayError } from '../../../src/core/errors.ts'
import { deflated, inflated } from '../../../src/ftp/transfer/deflate.ts'
import { chunkedText, collected, lent } from './chunks.ts'

test('what is deflated is one zlib stream, and comes back when it is inflated', async () => {
  await fc.assert(
    fc.asyncProperty(chunkedText, fc.integer({ min: 1, max: 9 }), async (chunks, level) => {
      const stream = await collected(deflated(lent(chunks), level))
      assert.deepEqual(inflateSync(stream), Buffer.concat(chunks))
      const pieces = [stream.subarray(0, 3), stream.subarray(3)]
      assert.deepEqual(await collected(inflated(lent(pieces))), Buffer.concat(chunks))
    }),
    { numRuns: 30 },
  )
})

test('a zlib stream that breaks off, or is none, is a lost connection and not a short file', async () => {
  const stream = deflateSync(Buffer.alloc(10_000, 'sluice'))
  for (const broken of [stream.subarray(0, -5), Buffer.from('this is no zlib stream')])
    await assert.rejects(collected(inflated(lent([broken]))), (error) => isGatewayError(error, 'data-connection-lost'))
})

test('a zlib stream with anything behind its end is broken, wherever it is cut into chunks', async () => {
  const stream = deflateSync(Buffer.alloc(10_000, 'sluice'))
  const [extra, another] = [Buffer.from('more'), deflateSync('more')]
  for (const chunks of [[stream, extra], [Buffer.concat([stream, extra])], [stream, another], [stream, extra, extra]]) {
    const reading = collected(inflated(lent(chunks)))
    await assert.rejects(reading, (error) => isGatewayError(error, 'data-connection-lost'))
  }
  assert.equal((await collected(inflated(lent([stream, Buffer.alloc(0)])))).length, 10_000)
})

test('beyond 16 MiB nothing may grow more than 250 times', async () => {
  const bomb = deflateSync(Buffer.alloc(64 * 1024 * 1024))
  let bytes = 0
  await assert.rejects(
    async () => {
      for await (const chunk of inflated(lent([bomb]))) bytes += chunk.length
    },
    (error) => isGatewayError(error, 'too-large'),
  )
  assert.ok(bytes <= 17 * 1024 * 1024, String(bytes))
})
