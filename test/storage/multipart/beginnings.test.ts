import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checksumOf } from '../../../src/core/checksum/running.ts'
import { parseKey } from '../../../src/core/paths.ts'
import type { UploadBase } from '../../../src/storage/multipart/engine.ts'
import { fakeObjectStore, type FakeObjectStore } from '../../helpers/fake-object-store.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const bufferBytes = 10_000
const key = 'in/file'
const old = patternBytes(30_000, 9)

function placed(fake: FakeObjectStore, bytes: number): UploadBase {
  const { version } = fake.place(key, old)
  return { key: parseKey(key), version, bytes, checksum: null }
}

/** Publishes these bytes behind so many of the old ones. */
async function continued(fake: FakeObjectStore, startBytes: number, added: Uint8Array): Promise<void> {
  const engine = uploadEngine(fake.store, { hashNames: ['SHA-256'] })
  const upload = stagedUpload(engine, { bufferBytes, base: placed(fake, startBytes) })
  assert.equal(upload.durableBytes, startBytes)
  await upload.append(lendingBody(added, 700))
  const entry = await upload.publish()
  assert.equal(entry.bytes, startBytes + added.length)
  assert.ok(fake.objects.get(key)?.content.equals(Buffer.concat([old.subarray(0, startBytes), added])))
  assert.equal(engine.budget.statistics().leasedBytes, 0)
}

test('what stays of an old file is copied inside the store, or read when it is less than a least part', async () => {
  for (const wantsEqualParts of [false, true]) {
    for (const startBytes of [1, 999, 1000, 10_000, 10_001, 29_999, 30_000]) {
      for (const added of [0, 1, 999, 9000, 25_000]) {
        const fake = fakeObjectStore({ rules: { wantsEqualParts } })
        await continued(fake, startBytes, patternBytes(added, 4))
        const readBytes = wantsEqualParts ? startBytes % bufferBytes : startBytes < 1000 ? startBytes : 0
        assert.equal(fake.sentBytes(), 2 * readBytes + added, `${startBytes} + ${added}`)
      }
    }
  }
})

test('a little behind a long file costs four requests', async () => {
  const fake = fakeObjectStore()
  await continued(fake, 30_000, patternBytes(100))
  assert.deepEqual(fake.calls.map((call) => call.name).toSorted(), ['begin', 'complete', 'copyPart', 'putPart'])
})

test('a little behind a little costs a read and a write', async () => {
  const fake = fakeObjectStore()
  await continued(fake, 500, patternBytes(100))
  assert.deepEqual(
    fake.calls.map((call) => call.name),
    ['read', 'putWhole'],
  )
})

test('a thousand appends to one file cost the new bytes, and less than two least parts each', async () => {
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  let model = Buffer.alloc(0)
  for (let number = 1; number <= 1000; number++) {
    const present = fake.objects.get(key)
    const base = present && { key: parseKey(key), version: present.version, bytes: model.length, checksum: null }
    const upload = stagedUpload(engine, { bufferBytes, base: base ?? null })
    const line = patternBytes(64, number)
    await upload.append(lendingBody(line))
    await upload.publish()
    model = Buffer.concat([model, line])
  }
  assert.ok(fake.objects.get(key)?.content.equals(model))
  // Only below a least part the beginning travels; from there on the store copies it.
  assert.ok(fake.sentBytes() < model.length + (2 * 1000 * 1000) / 64 + 20_000, `${fake.sentBytes()}`)
  assert.ok(fake.calls.length <= 4 * 1000)
})

test('an old file that changes before it is copied or read is a conflict, and stays', async () => {
  for (const startBytes of [500, 30_000]) {
    const fake = fakeObjectStore()
    const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, base: placed(fake, startBytes) })
    const changed = patternBytes(31_000, 8)
    fake.place(key, changed)
    await assert.rejects(
      async () => {
        await upload.append(lendingBody(patternBytes(10)))
        await upload.publish()
      },
      { code: 'conflict' },
    )
    await upload.discard()
    assert.ok(fake.objects.get(key)?.content.equals(changed))
    assert.equal(fake.uploads.size, 0)
  }
})

test('an old file that is removed before it is copied is a conflict too, not a missing file', async () => {
  const fake = fakeObjectStore()
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, base: placed(fake, 30_000) })
  fake.objects.clear()
  await assert.rejects(upload.publish(), { code: 'conflict' })
  await upload.discard()
})

test('an upload behind an old file can begin at an earlier byte of it, or anew', async () => {
  for (const offset of [0, 700, 20_000]) {
    for (const added of [100, 25_000]) {
      const fake = fakeObjectStore()
      const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, base: placed(fake, 30_000) })
      await upload.append(lendingBody(patternBytes(25_000, 5)))
      await upload.truncate(offset)
      assert.equal(upload.durableBytes, offset)
      const tail = patternBytes(added, 6)
      await upload.append(lendingBody(tail))
      await upload.publish()
      assert.ok(fake.objects.get(key)?.content.equals(Buffer.concat([old.subarray(0, offset), tail])))
      assert.equal(fake.uploads.size, 0)
    }
  }
})

test('the old file has its checksum where the store tells none for copies, and proves the whole with it', async () => {
  const fake = fakeObjectStore()
  const { store } = fake
  const silent = {
    ...store,
    copyPart: async (...call: Parameters<typeof store.copyPart>) => ({
      ...(await store.copyPart(...call)),
      checksum: null,
    }),
  }
  const checksum = checksumOf('crc64xz', old)
  for (const wrong of [0n, 1n]) {
    const base = { ...placed(fake, 30_000), checksum: checksum ^ wrong }
    const upload = stagedUpload(uploadEngine(silent), { bufferBytes, base })
    await upload.append(lendingBody(patternBytes(100)))
    if (wrong === 0n) await upload.publish()
    else await assert.rejects(upload.publish(), { code: 'corrupted' })
    await upload.discard()
  }
})
