import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/core/errors.ts'
import { abortedError, untilAborted } from '../../src/storage/abortable.ts'

test('a reason of ours is thrown as it is, any other as the cause of one', () => {
  const ours = new GatewayError('shutting-down', 'The server is going down.')
  assert.equal(abortedError(AbortSignal.abort(ours)), ours)
  const other = new Error('other')
  const error = abortedError(AbortSignal.abort(other))
  assert.equal(error.code, 'aborted')
  assert.equal(error.cause, other)
})

test('a wait for a chunk ends with the signal, and the source is told to return', async () => {
  const controller = new AbortController()
  let isReturned = false
  const { promise, resolve } = Promise.withResolvers<void>()
  async function* source() {
    try {
      yield 1
      await promise
    } finally {
      isReturned = true
    }
  }
  const seen: number[] = []
  const reading = (async () => {
    for await (const value of untilAborted(source(), controller.signal)) {
      seen.push(value)
      setImmediate(() => controller.abort())
    }
  })()
  await assert.rejects(reading, { code: 'aborted' })
  assert.deepEqual(seen, [1])
  resolve()
  await new Promise(setImmediate)
  assert.ok(isReturned)
})

test('a reader that leaves early leaves no listener behind, and returns the source', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const counting = {
    get aborted() {
      return signal.aborted
    },
    addEventListener: () => void listeners++,
    removeEventListener: () => void listeners--,
  } as unknown as AbortSignal
  let isReturned = false
  async function* source() {
    try {
      yield* [1, 2, 3]
    } finally {
      isReturned = true
    }
  }
  for await (const value of untilAborted(source(), counting)) if (value === 2) break
  assert.equal(listeners, 0)
  assert.ok(isReturned)
})

test('an error of the source is thrown on', async () => {
  const lost = new Error('lost')
  // oxlint-disable-next-line require-yield
  async function* source(): AsyncGenerator<number> {
    throw lost
  }
  const reading = (async () => {
    for await (const _ of untilAborted(source(), new AbortController().signal));
  })()
  await assert.rejects(reading, lost)
})
