import assert from 'node:assert/strict'
import { test } from 'node:test'
import { throttled } from '../../../src/ftp/transfer/throttle.ts'

const { signal } = new AbortController()

async function* chunksOf(...sizes: readonly number[]) {
  for (const size of sizes) yield Buffer.alloc(size, String(size))
}

test('a long chunk passes in pieces, each when it is allowed, and no byte is lost', async () => {
  const allowed: number[] = []
  const passed: Buffer[] = []
  const body = throttled(chunksOf(5, 700_000), async (bytes) => void allowed.push(bytes), signal)
  for await (const piece of body) {
    assert.equal(allowed.at(-1), piece.length)
    passed.push(Buffer.from(piece))
  }
  assert.deepEqual(allowed, [5, 262_144, 262_144, 175_712])
  assert.deepEqual(Buffer.concat(passed), Buffer.concat([Buffer.alloc(5, '5'), Buffer.alloc(700_000, '700000')]))
})

test('what hinders the allowance ends the body, and its source', async () => {
  let isEnded = false
  async function* source() {
    try {
      yield Buffer.alloc(1)
    } finally {
      isEnded = true
    }
  }
  const body = throttled(source(), () => Promise.reject(new Error('gone')), signal)
  await assert.rejects(body.next(), /gone/)
  assert.equal(isEnded, true)
})
