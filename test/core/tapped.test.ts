import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tapped } from '../../src/core/tapped.ts'

function source(items: readonly number[]) {
  const ended: string[] = []
  async function* give(): AsyncGenerator<number> {
    try {
      yield* items
      ended.push('whole')
    } finally {
      ended.push('over')
    }
  }
  return { body: give(), ended }
}

async function taken(body: AsyncIterable<number>): Promise<readonly number[]> {
  const all: number[] = []
  for await (const item of body) all.push(item)
  return all
}

test('each item is looked at before it is passed on, and an item waits for a look that takes time', async () => {
  const { body } = source([1, 2, 3])
  const seen: string[] = []
  const look = async (item: number) => {
    seen.push(`look ${item}`)
    await new Promise((resolve) => setImmediate(resolve))
    seen.push(`looked ${item}`)
  }
  for await (const item of tapped(body, look)) seen.push(`got ${item}`)
  const expected = [1, 2, 3].flatMap((item) => [`look ${item}`, `looked ${item}`, `got ${item}`])
  assert.deepEqual(seen, expected)
})

test('what a look throws is thrown to the reader, who does not get the item, and ends the source', async () => {
  for (const isLate of [false, true]) {
    const { body, ended } = source([1, 2, 3])
    const all: number[] = []
    const refuse = (): void => {
      throw new Error('no more')
    }
    const look = (item: number): void | Promise<void> => {
      if (item === 2) return isLate ? Promise.resolve().then(refuse) : refuse()
    }
    const reading = (async () => {
      for await (const item of tapped(body, look)) all.push(item)
    })()
    await assert.rejects(reading, /no more/)
    assert.deepEqual(all, [1])
    assert.deepEqual(ended, ['over'])
  }
})

test('what a look throws is thrown also where the source cannot be ended', async () => {
  const source: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: 1 }),
      return: async () => Promise.reject(new Error('the connection broke')),
    }),
  }
  const refuse = () => {
    throw new Error('no more')
  }
  await assert.rejects(taken(tapped(source, refuse)), /no more/)
})

test('a reader that leaves ends the source', async () => {
  const { body, ended } = source([1, 2, 3])
  for await (const item of tapped(body, () => {})) if (item === 2) break
  assert.deepEqual(ended, ['over'])
})

test('what the source throws comes through', async () => {
  // oxlint-disable-next-line require-yield
  async function* broken(): AsyncGenerator<number> {
    throw new Error('broken')
  }
  await assert.rejects(taken(tapped(broken(), () => {})), /broken/)
})
