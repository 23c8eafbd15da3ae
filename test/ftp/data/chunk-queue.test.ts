import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, asyncProperty, nat, uint8Array } from 'fast-check'
import { chunkQueue } from '../../../src/ftp/data/chunk-queue.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

test('chunks are read in the order they were given, all of them, before the end', async () => {
  await holds(
    asyncProperty(array(uint8Array({ minLength: 1 })), nat({ max: 50 }), async (chunks, waitingBytes) => {
      const left = [...chunks]
      const feed = () => {
        for (;;) {
          const chunk = left.shift()
          if (chunk === undefined) return queue.end()
          if (!queue.take(chunk)) return
        }
      }
      const queue = chunkQueue({ waitingBytes, more: feed })
      const read: Uint8Array[] = []
      for await (const chunk of queue) read.push(chunk)
      assert.deepEqual(read, chunks)
    }),
  )
})

test('lent chunks come one at a time: none is asked for while one is in use', async () => {
  let asked = 0
  const queue = chunkQueue({ waitingBytes: 0, more: () => void asked++ })
  const reading = queue[Symbol.asyncIterator]()
  const first = reading.next()
  assert.equal(asked, 1)
  assert.equal(queue.take(bytes(1)), false)
  assert.deepEqual(await first, { done: false, value: bytes(1) })
  assert.equal(asked, 1)
  assert.equal(queue.isWaiting, false)
  void reading.next()
  assert.equal(asked, 2)
  assert.equal(queue.isWaiting, true)
})

test('a reason to fail comes before chunks that still wait, and reaches one who waits', async () => {
  const reason = new Error('gone')
  const queue = chunkQueue({ waitingBytes: 9, more: () => {} })
  const reading = queue[Symbol.asyncIterator]()
  const waiting = reading.next()
  queue.fail(reason)
  await assert.rejects(waiting, reason)
  queue.take(bytes(1))
  await assert.rejects(reading.next(), reason)
})
