import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { StagedUpload, Storage } from '../../src/storage/contract.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { write } from '../../src/storage/write.ts'
import { brokenBody } from '../helpers/lending-body.ts'
import { body, key, text } from '../contract/clause.ts'

/** A storage that notes the steps of its uploads, and lets one of them fail. */
function noting(steps: string[], failing: string): Storage {
  const inner = memoryStorage(systemClock)
  const step = (name: string) => {
    steps.push(name)
    if (name === failing) throw new GatewayError('unavailable', 'Not now.')
  }
  return {
    ...inner,
    async stage(at, options) {
      step('stage')
      const upload: StagedUpload = await inner.stage(at, options)
      return {
        ...upload,
        append: (chunks) => (step('append'), upload.append(chunks)),
        publish: () => (step('publish'), upload.publish()),
        discard: () => (steps.push('discard'), upload.discard()),
      }
    },
  }
}

test('a body is staged, appended and published, and the entry tells of it', async () => {
  const steps: string[] = []
  const storage = noting(steps, 'nothing')
  assert.equal((await write(storage, key('f'), body('abc'))).bytes, 3)
  assert.deepEqual(steps, ['stage', 'append', 'publish'])
  assert.equal(await text(storage, 'f'), 'abc')
})

test('whatever fails behind the staging, the upload is discarded once', async () => {
  for (const failing of ['append', 'publish']) {
    const steps: string[] = []
    const storage = noting(steps, failing)
    await assert.rejects(write(storage, key('f'), body('abc')), { code: 'unavailable' })
    assert.deepEqual(steps.slice(-2), [failing, 'discard'])
    assert.equal(await storage.stat(key('f')), null)
  }
})

test('what cannot be staged need not be discarded', async () => {
  const steps: string[] = []
  await assert.rejects(write(noting(steps, 'stage'), key('f'), body('abc')), { code: 'unavailable' })
  assert.deepEqual(steps, ['stage'])
})

test('a body that breaks is thrown on as it is', async () => {
  const lost = new Error('lost')
  const storage = memoryStorage(systemClock)
  await assert.rejects(write(storage, key('f'), brokenBody(Buffer.from('abc'), lost)), lost)
  assert.equal(await storage.stat(key('f')), null)
})

test('options of the staging are passed on', async () => {
  const storage = memoryStorage(systemClock)
  await write(storage, key('f'), body('abc'))
  await write(storage, key('f'), body('XY'), { start: 2 })
  assert.equal(await text(storage, 'f'), 'abXY')
  await assert.rejects(write(storage, key('f'), body('x'), { ifAbsent: true }), { code: 'already-exists' })
  await assert.rejects(write(storage, key('g'), body('x'), { signal: AbortSignal.abort() }), { code: 'aborted' })
})
