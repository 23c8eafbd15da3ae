import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { memoryBudget } from '../../../src/core/memory-budget.ts'
import { parseKey } from '../../../src/core/paths.ts'
import { bufferBytesOf, type UploadEngine } from '../../../src/storage/multipart/engine.ts'
import { fakeObjectStore, type FakeObjectStore } from '../../helpers/fake-object-store.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const kib = 1024
const mib = 1024 * kib
/** Ratios of a real store, an eighth in size: least parts of 640 KiB. */
const rules = {
  minPartBytes: 640 * kib,
  maxPartBytes: 640 * mib,
  maxParts: 10_000,
  maxObjectBytes: 2 ** 40,
  maxWholeBytes: 640 * mib,
  checksum: 'crc32',
} as const

/** Keeps nothing of what it gets but its length: many uploads need no memory here. */
function weighing(): { fake: FakeObjectStore; stored: Map<string, number> } {
  const fake = fakeObjectStore({ rules })
  const stored = new Map<string, number>()
  const parts = new Map<string, number>()
  const store = {
    ...fake.store,
    async putWhole(...[key, , { bytes }]: Parameters<typeof fake.store.putWhole>) {
      await turn()
      stored.set(key, bytes)
      return { version: 'v', versionId: null, checksum: null, modified: null }
    },
    async putPart(...[{ number, key }, , { bytes, checksum }]: Parameters<typeof fake.store.putPart>) {
      await turn()
      parts.set(key, (parts.get(key) ?? 0) + bytes)
      return { number, bytes, etag: '', checksum }
    },
    async complete(...[{ key }, , { checksum, bytes }]: Parameters<typeof fake.store.complete>) {
      assert.equal(parts.get(key), bytes)
      stored.set(key, bytes)
      return { version: 'v', versionId: null, checksum, modified: null }
    },
  }
  return { fake: { ...fake, store }, stored }
}

async function* slow(bytes: number, chunk: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let left = bytes; left > 0; left -= chunk.length) {
    await turn()
    yield left < chunk.length ? chunk.subarray(0, left) : chunk
  }
}

async function uploadAll(engine: UploadEngine, sizes: readonly number[], check: () => void): Promise<void> {
  const chunk = patternBytes(16 * kib)
  await Promise.all(
    sizes.map(async (bytes, index) => {
      const spec = { key: parseKey(`f${index}`), owner: `owner-${index % 7}`, bufferBytes: bufferBytesOf(engine) }
      const upload = stagedUpload(engine, spec)
      async function* watched() {
        for await (const each of slow(bytes, chunk)) {
          check()
          yield each
        }
      }
      await upload.append(watched())
      await upload.publish()
    }),
  )
}

test('200 slow uploads of long files end within a budget that holds few of their parts', async () => {
  const { fake, stored } = weighing()
  const budget = memoryBudget({ bytes: 16 * mib })
  const engine = uploadEngine(fake.store, { budget })
  const sizes = Array.from({ length: 200 }, (_, index) => 300 * kib + ((index * 577) % 1500) * kib)
  await uploadAll(engine, sizes, () => {
    assert.ok(budget.statistics().heldBytes <= budget.bytes)
  })
  assert.deepEqual(
    sizes.map((_, index) => stored.get(`f${index}`)),
    sizes,
  )
  assert.equal(budget.statistics().leasedBytes, 0)
  assert.ok(budget.statistics().waits > 0, 'memory was short')
})

test('a thousand small uploads at once wait for memory, and all end', async () => {
  const { fake, stored } = weighing()
  const budget = memoryBudget({ bytes: 6 * mib })
  const engine = uploadEngine(fake.store, { budget })
  const sizes = Array.from({ length: 1000 }, (_, index) => (index * 37) % 90_000)
  await uploadAll(engine, sizes, () => {
    assert.ok(budget.statistics().heldBytes <= budget.bytes)
  })
  assert.equal(stored.size, 1000)
  assert.equal(budget.statistics().leasedBytes, 0)
})

test('an upload of which 10 KiB came holds 16', async () => {
  const fake = fakeObjectStore({ rules })
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine)
  await upload.append(lendingBody(patternBytes(10 * kib)))
  assert.equal(engine.budget.statistics().leasedBytes, 16 * kib)
  await upload.discard()
})

test('when memory is short a part is sent before it is full, but never below the least', async () => {
  const busy = async () => {
    for (let left = 100; left > 0; left--) await turn()
  }
  const fake = fakeObjectStore({ rules, before: busy })
  const budget = memoryBudget({ bytes: 8 * mib })
  const engine = uploadEngine(fake.store, { budget })
  const content = patternBytes(9 * mib)
  const uploads = Array.from({ length: 4 }, (_, index) => stagedUpload(engine, { key: parseKey(`f${index}`) }))
  await Promise.all(uploads.map((upload) => upload.append(lendingBody(content, 128 * kib))))
  for (const upload of uploads) await upload.publish()
  const lengths = fake.calls.filter((call) => call.name === 'putPart').map((call) => call.bytes)
  assert.ok(lengths.some((bytes) => bytes < bufferBytesOf(engine)))
  for (const index of [0, 1, 2, 3]) assert.ok(fake.objects.get(`f${index}`)?.content.equals(content))
})

test('an upload that waits for memory stops waiting when it is aborted', async () => {
  const fake = fakeObjectStore({
    rules,
    before: ({ name }) => (name === 'putPart' ? new Promise(() => {}) : undefined),
  })
  const budget = memoryBudget({ bytes: 4 * mib })
  const engine = uploadEngine(fake.store, { budget })
  const greedy = Array.from({ length: 4 }, (_, index) => stagedUpload(engine, { key: parseKey(`f${index}`) }))
  const controller = new AbortController()
  const endings = greedy.map((upload) =>
    assert.rejects(upload.append(lendingBody(patternBytes(9 * mib), 64 * kib), { signal: controller.signal }), {
      code: 'aborted',
    }),
  )
  while (budget.statistics().waiting === 0) await turn()
  controller.abort()
  await Promise.all(endings)
  for (const upload of greedy) await upload.discard()
  assert.equal(budget.statistics().leasedBytes, 0)
  assert.equal(budget.statistics().waiting, 0)
})
