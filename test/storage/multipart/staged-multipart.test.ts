import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { GatewayError } from '../../../src/core/errors.ts'
import { fakeObjectStore, smallRules } from '../../helpers/fake-object-store.ts'
import { brokenBody, lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { journal, stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const bufferBytes = 10_000
const key = 'in/file'
const lost = new GatewayError('data-connection-lost', 'Lost.')

test('content up to one part is one request, and none before it is published', async () => {
  for (const bytes of [0, 1, 9999, 10_000]) {
    const fake = fakeObjectStore()
    const engine = uploadEngine(fake.store)
    const content = patternBytes(bytes)
    const upload = stagedUpload(engine, { bufferBytes })
    await upload.append(lendingBody(content))
    assert.equal(fake.calls.length, 0)
    const entry = await upload.publish()
    assert.deepEqual(
      fake.calls.map((call) => call.name),
      ['putWhole'],
    )
    assert.equal(entry.bytes, bytes)
    assert.ok(fake.objects.get(key)?.content.equals(content), `${bytes} bytes`)
    assert.equal(engine.budget.statistics().leasedBytes, 0)
  }
})

test('content beyond one part is sent in parts, and seen when it is complete', async () => {
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  const content = patternBytes(10_001)
  const upload = stagedUpload(engine, { bufferBytes })
  await upload.append(lendingBody(content))
  assert.equal(fake.objects.size, 0)
  await upload.publish()
  assert.deepEqual(
    fake.calls.map(({ name, number, bytes }) => [name, number, bytes]),
    [
      ['begin', null, 0],
      ['putPart', 1, 10_000],
      ['putPart', 2, 1],
      ['complete', null, 0],
    ],
  )
  assert.ok(fake.objects.get(key)?.content.equals(content))
  assert.equal(engine.budget.statistics().leasedBytes, 0)
})

test('whatever the length and the chunks, the store holds what was sent', async () => {
  const anyRules = fc.record({
    wantsEqualParts: fc.boolean(),
    checksum: fc.constantFrom('crc32', 'crc32c', 'crc64nvme', 'crc64xz', null),
    listsChecksums: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      anyRules,
      fc.integer({ min: 0, max: 120_000 }),
      fc.integer({ min: 1, max: 40_000 }),
      fc.option(fc.nat({ max: 150_000 })),
      async (rules, bytes, chunkBytes, declaredBytes) => {
        const fake = fakeObjectStore({ rules: { ...rules, wantsMd5: rules.checksum === null } })
        const engine = uploadEngine(fake.store, { hashNames: ['SHA-256'] })
        const content = patternBytes(bytes, bytes + 1)
        const upload = stagedUpload(engine, { bufferBytes, declaredBytes })
        await upload.append(lendingBody(content, Math.max(chunkBytes, bytes >> 10)))
        const entry = await upload.publish()
        assert.ok(fake.objects.get(key)?.content.equals(content))
        assert.equal(entry.bytes, bytes)
        assert.equal(fake.uploads.size, 0)
        assert.equal(engine.budget.statistics().leasedBytes, 0)
      },
    ),
    { numRuns: 60 },
  )
})

test('parts travel side by side, but no more than allowed', async () => {
  for (const parallelParts of [1, 4]) {
    const fake = fakeObjectStore({ before: () => turn() })
    const engine = uploadEngine(fake.store, { parallelParts })
    const upload = stagedUpload(engine, { bufferBytes })
    await upload.append(lendingBody(patternBytes(200_000), 50_000))
    await upload.publish()
    assert.equal(fake.mostAtOnce, parallelParts)
  }
})

test('the journal knows the upload before its first part is sent, and small content never needs it', async () => {
  const noted = journal()
  const seen: number[] = []
  const fake = fakeObjectStore({ before: ({ name }) => void (name === 'putPart' && seen.push(noted.tickets.length)) })
  const engine = uploadEngine(fake.store)
  const small = stagedUpload(engine, { bufferBytes, journal: noted.note })
  await small.append(lendingBody(patternBytes(5000)))
  await small.publish()
  assert.equal(noted.tickets.length, 0)
  const large = stagedUpload(engine, { bufferBytes, journal: noted.note })
  await large.append(lendingBody(patternBytes(50_000)))
  assert.equal(noted.tickets.length, 1)
  assert.equal(seen[0], 1)
  await large.discard()
})

test('an upload whose journal fails sends no part, and leaves nothing', async () => {
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  const full = async () => {
    throw new GatewayError('unavailable', 'The disk is full.')
  }
  const upload = stagedUpload(engine, { bufferBytes, journal: full })
  await assert.rejects(upload.append(slowly(patternBytes(50_000))), { code: 'unavailable' })
  await upload.discard()
  assert.equal(fake.count('putPart'), 0)
  assert.equal(fake.uploads.size, 0)
})

test('durable are the parts that were acknowledged, up to the first that was not', async () => {
  const second = Promise.withResolvers<void>()
  const fake = fakeObjectStore({ before: ({ number }) => (number === 2 ? second.promise : undefined) })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await upload.append(lendingBody(patternBytes(45_000)))
  await turn()
  assert.equal(upload.durableBytes, 10_000)
  second.resolve()
  await turn()
  await turn()
  assert.equal(upload.durableBytes, 40_000)
  await upload.discard()
})

test('a part that fails ends the upload at once, though its client is silent', async () => {
  const fake = fakeObjectStore({
    before({ number }) {
      if (number === 1) throw new GatewayError('unavailable', 'The store is down.')
    },
  })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  const silent = Promise.withResolvers<void>()
  async function* body() {
    yield patternBytes(15_000)
    await silent.promise
  }
  await assert.rejects(upload.append(body()), { code: 'unavailable' })
  silent.resolve()
  await assert.rejects(upload.publish(), { code: 'unavailable' })
  await upload.discard()
  assert.equal(fake.uploads.size, 0)
})

test('content longer than the store takes is refused, and nothing of it stays', async () => {
  const fake = fakeObjectStore({ rules: { maxParts: 10, maxPartBytes: bufferBytes, maxObjectBytes: 1_000_000 } })
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine, { bufferBytes })
  await assert.rejects(upload.append(lendingBody(patternBytes(100_001))), { code: 'too-large' })
  await upload.discard()
  assert.equal(fake.uploads.size, 0)
  assert.equal(engine.budget.statistics().leasedBytes, 0)
})

test('ten thousand parts become one object', async () => {
  const rules = { ...smallRules, minPartBytes: 20, maxPartBytes: 20, maxParts: 10_000, maxObjectBytes: 1_000_000 }
  const fake = fakeObjectStore({ rules })
  const content = patternBytes(200_000)
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes: 20 })
  await upload.append(lendingBody(content, 65_536))
  await upload.publish()
  assert.equal(fake.count('putPart'), 10_000)
  assert.ok(fake.objects.get(key)?.content.equals(content))
})

test('discarding ends what is on its way, waits for it, and never throws', async () => {
  const fake = fakeObjectStore({
    before({ name }) {
      if (name === 'putPart') return new Promise(() => {})
      if (name === 'abort') throw new GatewayError('unavailable', 'Down.')
    },
  })
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine, { bufferBytes })
  await upload.append(lendingBody(patternBytes(25_000)))
  await upload.discard()
  await upload.discard()
  assert.equal(fake.count('abort'), 1)
  assert.equal(engine.budget.statistics().leasedBytes, 0)
  await assert.rejects(upload.append(lendingBody(patternBytes(1))), { code: 'internal' })
})

test('what a broken body brought can still be published, and another append goes on from what is durable', async () => {
  const content = patternBytes(35_000)
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  const kept = stagedUpload(engine, { bufferBytes })
  await assert.rejects(kept.append(brokenBody(content, lost)), (error) => error === lost)
  assert.equal((await kept.publish()).bytes, 35_000)
  const continued = stagedUpload(engine, { bufferBytes })
  await assert.rejects(continued.append(brokenBody(content, lost)), (error) => error === lost)
  const { durableBytes } = continued
  assert.ok(durableBytes <= 30_000)
  await continued.append(lendingBody(content.subarray(durableBytes)))
  assert.equal(continued.durableBytes >= durableBytes, true)
  assert.equal((await continued.publish()).bytes, 35_000)
  assert.ok(fake.objects.get(key)?.content.equals(content))
  assert.equal(engine.budget.statistics().leasedBytes, 0)
})

test('an append that is aborted while it waits for memory or for the store ends as aborted', async () => {
  const fake = fakeObjectStore({ before: ({ name }) => (name === 'putPart' ? new Promise(() => {}) : undefined) })
  const engine = uploadEngine(fake.store, { parallelParts: 2 })
  const upload = stagedUpload(engine, { bufferBytes })
  const controller = new AbortController()
  const appending = upload.append(lendingBody(patternBytes(90_000)), { signal: controller.signal })
  await turn()
  controller.abort()
  await assert.rejects(appending, { code: 'aborted' })
  await upload.discard()
  assert.equal(engine.budget.statistics().leasedBytes, 0)
})

async function* slowly(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of lendingBody(content)) {
    await turn()
    yield chunk
  }
}
