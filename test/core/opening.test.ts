import assert from 'node:assert/strict'
import { test } from 'node:test'
import { opening } from '../../src/core/opening.ts'

async function twoParts(closed: string[], failure: Error | null): Promise<AsyncDisposableStack> {
  return opening(async (closing) => {
    closing.defer(() => void closed.push('first'))
    closing.defer(async () => void closed.push('second'))
    if (failure !== null) throw failure
    return closing
  })
}

test('what fails to open is closed again, the last part first', async () => {
  const closed: string[] = []
  await assert.rejects(twoParts(closed, new Error('no third part')), /no third part/)
  assert.deepEqual(closed, ['second', 'first'])
})

test('what was opened is closed by whoever has it', async () => {
  const closed: string[] = []
  const parts = await twoParts(closed, null)
  assert.deepEqual(closed, [])
  await parts.disposeAsync()
  assert.deepEqual(closed, ['second', 'first'])
})
