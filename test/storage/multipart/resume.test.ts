import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { GatewayError } from '../../../src/core/errors.ts'
import { parseKey } from '../../../src/core/paths.ts'
import type { StagedUpload, StageTicket } from '../../../src/storage/contract.ts'
import type { UploadEngine } from '../../../src/storage/multipart/engine.ts'
import { restageMultipart } from '../../../src/storage/multipart/restage.ts'
import { fakeObjectStore } from '../../helpers/fake-object-store.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { journal, stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const bufferBytes = 10_000
const key = 'in/file'
const content = patternBytes(95_000)

async function found(engine: UploadEngine, ticket: StageTicket): Promise<StagedUpload> {
  const upload = await restageMultipart(engine, ticket, { journal: async () => {} })
  return upload ?? assert.fail('the upload is gone')
}

async function finish(upload: StagedUpload): Promise<number> {
  const from = upload.durableBytes
  await upload.append(lendingBody(content.subarray(from)))
  await upload.publish()
  return from
}

test('a suspended upload goes on behind its last whole part, and a rest of a least part is kept too', async () => {
  for (const rules of [{}, { listsChecksums: false }, { checksum: null, wantsMd5: true }]) {
    for (const rest of [1, 999, 1000, 9999]) {
      const fake = fakeObjectStore({ rules })
      const engine = uploadEngine(fake.store)
      const upload = stagedUpload(engine, { bufferBytes })
      await upload.append(lendingBody(content.subarray(0, 50_000 + rest)))
      await upload.suspend()
      const wanted = rest < 1000 ? 50_000 : 50_000 + rest
      assert.equal(upload.durableBytes, wanted)
      assert.equal(engine.budget.statistics().leasedBytes, 0)
      const second = await found(uploadEngine(fake.store), upload.ticket)
      assert.equal(second.durableBytes, wanted)
      await finish(second)
      assert.ok(fake.objects.get(key)?.content.equals(content))
      assert.ok(fake.sentBytes() <= content.length + 1000, 'less than a least part travels twice')
    }
  }
})

test('content of which less than a least part came goes on from its start, and nothing was sent for it', async () => {
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine, { bufferBytes })
  await upload.append(lendingBody(content.subarray(0, 999)))
  await upload.suspend()
  assert.equal(fake.calls.length, 0)
  assert.equal(upload.durableBytes, 0)
  const again = await found(uploadEngine(fake.store), upload.ticket)
  assert.equal(again.durableBytes, 0)
  assert.equal(fake.calls.length, 0)
  assert.equal(await finish(again), 0)
  assert.ok(fake.objects.get(key)?.content.equals(content))
})

test('content of one part that was cut is kept by beginning an upload then', async () => {
  const fake = fakeObjectStore()
  const noted = journal()
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, journal: noted.note })
  await upload.append(lendingBody(content.subarray(0, 5000)))
  await upload.suspend()
  assert.equal(noted.tickets.length, 1)
  const second = await found(uploadEngine(fake.store), noted.last)
  assert.equal(await finish(second), 5000)
  assert.ok(fake.objects.get(key)?.content.equals(content))
})

test('where parts must be equal, only whole ones are kept', async () => {
  const fake = fakeObjectStore({ rules: { wantsEqualParts: true } })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await upload.append(lendingBody(content.subarray(0, 59_999)))
  await upload.suspend()
  const second = await found(uploadEngine(fake.store), upload.ticket)
  assert.equal(await finish(second), 50_000)
  assert.ok(fake.objects.get(key)?.content.equals(content))
})

test('a ticket of an upload that is gone, or of none, leads to nothing', async () => {
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine, { bufferBytes })
  await upload.append(lendingBody(content))
  const { ticket } = upload
  await upload.discard()
  const forged = JSON.stringify({ ...(JSON.parse(ticket) as object), key: '../x' })
  for (const each of [ticket, forged, '', '{}', 'x', '{"v":1}'])
    assert.equal(await restageMultipart(engine, each), null)
})

test('a process killed at any moment leaves an upload that goes on, whatever was under way', async () => {
  for (const rules of [{}, { listsChecksums: false }]) {
    for (let dying = 2; dying <= 10; dying++) {
      for (const moment of ['before', 'after'] as const) {
        const noted = journal()
        const dead = Promise.withResolvers<void>()
        const die = (_: unknown, count: number) => {
          if (count < dying) return
          dead.resolve()
          return new Promise<void>(() => {})
        }
        const fake = fakeObjectStore({ rules, [moment]: die })
        const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, journal: noted.note })
        upload.append(slowly(content)).catch(() => {})
        await dead.promise
        const what = `${moment} call ${dying} of ${JSON.stringify(rules)}`
        const living = { ...fake, store: revived(fake) }
        const again = await restageMultipart(uploadEngine(living.store), noted.last, { journal: noted.note })
        if (again === null) {
          assert.equal(noted.tickets.length, 0, what)
          continue
        }
        assert.ok(again.durableBytes <= (dying - 1) * bufferBytes, what)
        await finish(again)
        assert.ok(fake.objects.get(key)?.content.equals(content), what)
        assert.equal(fake.objects.get(key)?.facts.token, 'token-1')
      }
    }
  }
})

/** The store as the next process finds it: it answers again. */
function revived(fake: ReturnType<typeof fakeObjectStore>) {
  const copy = fakeObjectStore({ rules: fake.store.rules })
  for (const [id, upload] of fake.uploads) copy.uploads.set(id, upload)
  const { objects } = fake
  return {
    ...copy.store,
    async complete(...call: Parameters<typeof copy.store.complete>) {
      const stored = await copy.store.complete(...call)
      for (const [at, object] of copy.objects) objects.set(at, object)
      return stored
    },
  }
}

test('where the store lists no checksums, parts nobody vouches for are sent again', async () => {
  const noted = journal()
  const fake = fakeObjectStore({ rules: { listsChecksums: false } })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, journal: noted.note })
  await upload.append(lendingBody(content))
  await turn()
  const [early] = noted.tickets
  const again = await found(uploadEngine(fake.store), early ?? '')
  assert.equal(again.durableBytes, 0)
  await finish(again)
  assert.ok(fake.objects.get(key)?.content.equals(content))
})

test('what was known of the parts proves the whole, also after they are found again', async () => {
  const fake = fakeObjectStore({ rules: { listsChecksums: false } })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await upload.append(lendingBody(content.subarray(0, 60_000)))
  await upload.suspend()
  const [parts] = [...fake.uploads.values()].map((each) => each.parts)
  const third = parts?.get(3) ?? assert.fail('no third part')
  third.writeUInt8(third.readUInt8(7) ^ 1, 7)
  const again = await found(uploadEngine(fake.store), upload.ticket)
  await assert.rejects(finish(again), { code: 'corrupted' })
  await again.discard()
  assert.equal(fake.objects.size, 0)
})

test('a resumed upload can begin again from nothing', async () => {
  for (const withJournal of [true, false]) {
    const fake = fakeObjectStore()
    const engine = uploadEngine(fake.store)
    const upload = stagedUpload(engine, { bufferBytes })
    await upload.append(lendingBody(patternBytes(60_000, 77)))
    await upload.suspend()
    const options = withJournal ? { journal: async () => {} } : {}
    const again = await restageMultipart(engine, upload.ticket, options)
    await again?.truncate(0)
    assert.equal(again?.durableBytes, 0)
    await again?.append(lendingBody(content))
    await again?.publish()
    assert.ok(fake.objects.get(key)?.content.equals(content))
    assert.equal(fake.uploads.size, 0)
  }
})

test('a resumed upload goes on from between two parts, and from nowhere inside one', async () => {
  const fake = fakeObjectStore()
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine, { bufferBytes })
  await upload.append(lendingBody(content.subarray(0, 60_000)))
  await upload.suspend()
  const again = await found(engine, upload.ticket)
  await assert.rejects(again.truncate(60_001), { code: 'invalid-restart' })
  await assert.rejects(again.truncate(55_000), { code: 'invalid-restart' })
  assert.equal(again.durableBytes, 60_000)
  await again.truncate(60_000)
  await again.truncate(40_000)
  assert.equal(again.durableBytes, 40_000)
  await again.append(lendingBody(patternBytes(30_000, 3)))
  await again.publish()
  const wanted = Buffer.concat([content.subarray(0, 40_000), patternBytes(30_000, 3)])
  assert.ok(fake.objects.get(key)?.content.equals(wanted))
})

test('parts that were given up never come back, however often the process dies afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ cut: fc.nat({ max: 6 }), bytes: fc.integer({ min: 0, max: 45_000 }) }), { maxLength: 4 }),
      fc.boolean(),
      async (rounds, listsChecksums) => {
        const fake = fakeObjectStore({ rules: { listsChecksums } })
        const noted = journal()
        const first = stagedUpload(uploadEngine(fake.store), { bufferBytes, journal: noted.note })
        let model = patternBytes(42_000, 1)
        await first.append(lendingBody(model))
        await turn()
        for (const [seed, { cut, bytes }] of rounds.entries()) {
          const again = await restageMultipart(uploadEngine(fake.store), noted.last, { journal: noted.note })
          if (again === null) return
          const start = Math.min(cut * bufferBytes, again.durableBytes)
          await again.truncate(start)
          model = Buffer.concat([model.subarray(0, start), patternBytes(bytes, seed + 2)])
          await again.append(lendingBody(model.subarray(start)))
          await turn()
          // No suspend, no discard: the process dies here.
        }
        const last = await found(uploadEngine(fake.store), noted.last)
        assert.ok(last.durableBytes <= model.length)
        await last.append(lendingBody(model.subarray(last.durableBytes)))
        await last.publish()
        assert.ok(fake.objects.get(key)?.content.equals(model))
      },
    ),
    { numRuns: 150 },
  )
})

test('an upload whose second part failed is kept up to the first', async () => {
  const failing = ({ number }: { readonly number: number | null }) => {
    if (number === 2 && !isBack) throw new GatewayError('unavailable', 'Down.')
  }
  let isBack = false
  const fake = fakeObjectStore({ before: failing })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await assert.rejects(upload.append(slowly(content)), { code: 'unavailable' })
  await upload.suspend()
  assert.equal(upload.durableBytes, 10_000)
  isBack = true
  assert.equal(await finish(await found(uploadEngine(fake.store), upload.ticket)), 10_000)
  assert.ok(fake.objects.get(key)?.content.equals(content))
})

test('a tail that cannot be sent any more costs only itself', async () => {
  let isDown = false
  const fake = fakeObjectStore({ before: () => void (isDown && failNow()) })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await upload.append(lendingBody(content.subarray(0, 45_000)))
  await turn()
  isDown = true
  await upload.suspend()
  assert.equal(upload.durableBytes, 40_000)
})

test('an upload behind a copied beginning is found again with it, also when the copy was not made yet', async () => {
  const old = patternBytes(30_000, 9)
  for (const added of [500, 25_000]) {
    const fake = fakeObjectStore()
    const { version } = fake.place(key, old)
    const engine = uploadEngine(fake.store)
    const base = { key: parseKey(key), version, bytes: 30_000, checksum: null }
    const upload = stagedUpload(engine, { bufferBytes, base })
    await upload.append(lendingBody(content.subarray(0, added)))
    await upload.suspend()
    const again = await found(engine, upload.ticket)
    assert.equal(again.durableBytes, added === 500 ? 30_000 : 55_000)
    await again.append(lendingBody(content.subarray(again.durableBytes - 30_000)))
    await again.publish()
    assert.ok(fake.objects.get(key)?.content.equals(Buffer.concat([old, content])))
  }
})

test('where the old file has changed, an upload behind its beginning is gone', async () => {
  const fake = fakeObjectStore()
  const { version } = fake.place(key, patternBytes(30_000, 9))
  const engine = uploadEngine(fake.store)
  const base = { key: parseKey(key), version, bytes: 30_000, checksum: null }
  const upload = stagedUpload(engine, { bufferBytes, base })
  await upload.suspend()
  fake.place(key, patternBytes(30_000, 10))
  assert.equal(await restageMultipart(engine, upload.ticket), null)
})

async function* slowly(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of lendingBody(bytes, 5000)) {
    await turn()
    yield chunk
  }
}

function failNow(): void {
  throw new GatewayError('unavailable', 'Down.')
}
