import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeObjectStore } from '../../helpers/fake-object-store.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { restageMultipart } from '../../../src/storage/multipart/restage.ts'
import { stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const key = 'in/file'
const rules = { maxParts: 20, maxPartBytes: 100_000, maxObjectBytes: 900_000 }
const bufferBytes = 5000

test('parts longer than memory allows are put together inside the store', async () => {
  const fake = fakeObjectStore({ rules })
  const engine = uploadEngine(fake.store)
  const content = patternBytes(900_000)
  const upload = stagedUpload(engine, { bufferBytes })
  await upload.append(lendingBody(content, 7000))
  await upload.publish()
  assert.ok(fake.objects.get(key)?.content.equals(content))
  assert.deepEqual([...fake.objects.keys()], [key])
  assert.equal(fake.uploads.size, 0)
  assert.ok(fake.count('copyPart') >= 9)
  assert.equal(fake.sentBytes(), content.length)
  assert.ok(fake.calls.every((call) => call.bytes <= bufferBytes))
  assert.equal(engine.budget.statistics().leasedBytes, 0)
})

test('any length is whole, up to the most and not beyond', async () => {
  for (const bytes of [0, 1, 44_999, 45_000, 45_001, 45_999, 50_000, 50_001, 145_001, 899_999]) {
    const fake = fakeObjectStore({ rules })
    const content = patternBytes(bytes)
    const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
    await upload.append(lendingBody(content, 9000))
    await upload.publish()
    assert.ok(fake.objects.get(key)?.content.equals(content), `${bytes}`)
    assert.deepEqual([...fake.objects.keys()], [key])
  }
  const fake = fakeObjectStore({ rules })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await assert.rejects(upload.append(lendingBody(patternBytes(900_001), 9000)), { code: 'too-large' })
  await upload.discard()
  assert.equal(fake.objects.size + fake.uploads.size, 0)
})

test('a declared length that asks for long parts costs short content nothing', async () => {
  const fake = fakeObjectStore({ rules })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, declaredBytes: 800_000 })
  await upload.append(lendingBody(patternBytes(4000)))
  await upload.publish()
  assert.deepEqual(
    fake.calls.map((call) => call.name),
    ['putWhole'],
  )
  const empty = stagedUpload(uploadEngine(fake.store), { bufferBytes, declaredBytes: 800_000 })
  assert.equal((await empty.publish()).bytes, 0)
})

test('a hidden object that arrived changed is never copied into place', async () => {
  const fake = fakeObjectStore({
    rules,
    refusesWrong: false,
    arrive: (content, call) => (call.key === key ? content : Buffer.from(content).fill(1, 0, 1)),
  })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, declaredBytes: 800_000 })
  await assert.rejects(
    async () => {
      await upload.append(lendingBody(patternBytes(200_000), 9000))
      await upload.publish()
    },
    { code: 'corrupted' },
  )
  await upload.discard()
  assert.equal(fake.count('copyPart'), 0)
  assert.equal(fake.objects.size + fake.uploads.size, 0)
})

test('a suspended upload keeps a long part as far as it came', async () => {
  const fake = fakeObjectStore({ rules })
  const engine = uploadEngine(fake.store)
  const content = patternBytes(400_000)
  const upload = stagedUpload(engine, { bufferBytes, declaredBytes: 800_000 })
  await upload.append(lendingBody(content.subarray(0, 170_000), 9000))
  await upload.suspend()
  assert.equal(upload.durableBytes, 170_000)
  assert.equal(fake.objects.size, 0)
  const again = await restageMultipart(engine, upload.ticket)
  await again?.append(lendingBody(content.subarray(170_000), 9000))
  await again?.publish()
  assert.ok(fake.objects.get(key)?.content.equals(content))
  assert.deepEqual([...fake.objects.keys()], [key])
  assert.equal(engine.budget.statistics().leasedBytes, 0)
})
