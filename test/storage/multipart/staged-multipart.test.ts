import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { checksumOf } from '../../../src/core/checksum/running.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import { parseKey } from '../../../src/core/paths.ts'
import type { FileEntry, StagedUpload } from '../../../src/storage/contract.ts'
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
    assert.equal(engine.budget.statistics.leasedBytes, 0)
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
  assert.equal(engine.budget.statistics.leasedBytes, 0)
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
        assert.equal(engine.budget.statistics.leasedBytes, 0)
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

test('a part that arrives changed is sent again, three times at most', async () => {
  for (const refusesWrong of [true, false]) {
    let left = 2
    const arrive = (content: Buffer) => (left-- > 0 ? flipped(content) : content)
    const fake = fakeObjectStore({ refusesWrong, arrive })
    const upload = stagedUpload(uploadEngine(fake.store, { parallelParts: 1 }), { bufferBytes })
    const content = patternBytes(15_000)
    await upload.append(lendingBody(content))
    await upload.publish()
    assert.ok(fake.objects.get(key)?.content.equals(content))
    const always = fakeObjectStore({ refusesWrong, arrive: flipped })
    const spoilt = stagedUpload(uploadEngine(always.store, { parallelParts: 1 }), { bufferBytes })
    await assert.rejects(appendAndPublish(spoilt, content), { code: 'corrupted' })
    await spoilt.discard()
    assert.equal(always.objects.size, 0)
    assert.equal(always.uploads.size, 0)
  }
})

test('small content that arrived changed is not published, also where the store itself does not look', async () => {
  for (const refusesWrong of [true, false]) {
    const fake = fakeObjectStore({ refusesWrong, arrive: flipped })
    const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
    await upload.append(lendingBody(patternBytes(500)))
    await assert.rejects(upload.publish(), { code: 'corrupted' })
    assert.equal(fake.objects.size, 0)
  }
})

test('parts put together wrongly are noticed by the checksum of the whole, and do not stay', async () => {
  const fake = fakeObjectStore({ refusesWrong: false })
  const { store } = fake
  const swapping = { ...store, complete: swapped }
  function swapped(...[address, parts, options]: Parameters<typeof store.complete>) {
    const stored = fake.uploads.get(address.uploadId)?.parts
    const [first, second] = [stored?.get(1), stored?.get(2)]
    if (first !== undefined && second !== undefined) stored?.set(1, second).set(2, first)
    const [one, two, ...rest] = parts
    const etags = [two?.etag ?? '', one?.etag ?? '']
    const exchanged = [one, two].flatMap((part, i) => (part ? [{ ...part, etag: etags[i] ?? '' }] : []))
    return store.complete(address, [...exchanged, ...rest], options)
  }
  const upload = stagedUpload(uploadEngine(swapping), { bufferBytes })
  await upload.append(lendingBody(patternBytes(30_000)))
  await assert.rejects(upload.publish(), { code: 'corrupted' })
  assert.equal(fake.objects.size, 0)
})

test('a store that tells no checksum of the whole is asked for its length', async () => {
  const fake = fakeObjectStore({ tellsChecksums: false })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await upload.append(lendingBody(patternBytes(30_000)))
  await upload.publish()
  assert.equal(fake.count('head'), 1)
})

test('when the answer of the last call is lost, the object itself tells whether it is ours', async () => {
  for (const bytes of [500, 30_000]) {
    for (const ifAbsent of [false, true]) {
      const fake = fakeObjectStore({ after: loseAnswers('putWhole', 'complete') })
      const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, ifAbsent })
      const content = patternBytes(bytes)
      await upload.append(lendingBody(content))
      assert.equal((await upload.publish()).bytes, bytes)
      assert.ok(fake.objects.get(key)?.content.equals(content))
    }
  }
})

test('a repeated last call that finds no upload any more is settled the same way', async () => {
  const fake = fakeObjectStore()
  const { store } = fake
  const repeating = {
    ...store,
    async complete(...call: Parameters<typeof store.complete>) {
      await store.complete(...call)
      return store.complete(...call)
    },
  }
  const upload = stagedUpload(uploadEngine(repeating), { bufferBytes })
  await upload.append(lendingBody(patternBytes(30_000)))
  assert.equal((await upload.publish()).bytes, 30_000)
})

test('an upload that the store has lost is trouble of the store, not a missing file', async () => {
  const fake = fakeObjectStore()
  fake.place(key, patternBytes(30_000))
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  await upload.append(lendingBody(patternBytes(30_000)))
  await turn()
  fake.uploads.clear()
  await assert.rejects(upload.publish(), { code: 'unavailable' })
  await upload.discard()
})

test('with ifAbsent what came meanwhile stays, and small content may go elsewhere', async () => {
  for (const bytes of [500, 30_000]) {
    const fake = fakeObjectStore()
    const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, ifAbsent: true })
    await upload.append(lendingBody(patternBytes(bytes)))
    fake.place(key, patternBytes(7))
    await assert.rejects(upload.publish(), { code: 'already-exists' })
    const elsewhere = upload.publish({ as: parseKey('in/file.1') })
    if (bytes === 500) assert.equal((await elsewhere).key, 'in/file.1')
    else await assert.rejects(elsewhere, { code: 'unsupported' })
    await upload.discard()
    assert.equal(fake.objects.get(key)?.content.length, 7)
    assert.equal(fake.uploads.size, 0)
  }
})

test('publishing can be tried again after the store was away', async () => {
  for (const bytes of [500, 30_000]) {
    let isAway = true
    const fake = fakeObjectStore({
      before({ name }) {
        const isLast = name === 'putWhole' || name === 'complete' || name === 'head'
        if (isLast && isAway) throw new GatewayError('unavailable', 'Away.')
      },
    })
    const engine = uploadEngine(fake.store)
    const upload = stagedUpload(engine, { bufferBytes })
    const content = patternBytes(bytes)
    await upload.append(lendingBody(content))
    await assert.rejects(upload.publish(), { code: 'unavailable' })
    isAway = false
    await upload.publish()
    assert.ok(fake.objects.get(key)?.content.equals(content))
    assert.equal(engine.budget.statistics.leasedBytes, 0)
  }
})

test('hashes that were asked for go into the metadata of small content, and to the caller of any', async () => {
  for (const bytes of [500, 30_000]) {
    const fake = fakeObjectStore()
    const upload = stagedUpload(uploadEngine(fake.store, { hashNames: ['SHA-256', 'MD5'] }), { bufferBytes })
    await upload.append(lendingBody(Buffer.alloc(bytes, 'a')))
    const { hashes } = await upload.publish()
    const content = Buffer.alloc(bytes, 'a')
    const wanted = { 'SHA-256': hexOf('sha256', content), MD5: hexOf('md5', content) }
    assert.deepEqual(hashes, bytes === 500 ? { ...wanted, CRC32: crcOf(content) } : wanted)
    const kept = fake.objects.get(key)?.facts.hashes
    assert.deepEqual(kept, bytes === 500 ? hashes : {})
  }
})

test('SHA-256 and CRC32 of what is small are kept unasked, and of nothing longer', async () => {
  for (const bytes of [0, 1, 70_000, 262_144, 262_145]) {
    const fake = fakeObjectStore({ rules: { maxPartBytes: 1_000_000, maxWholeBytes: 1_000_000 } })
    const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes: 1_000_000 })
    const content = Buffer.alloc(bytes, 'a')
    await upload.append(lendingBody(content))
    await upload.publish()
    const wanted = { 'SHA-256': hexOf('sha256', content), CRC32: crcOf(content) }
    assert.deepEqual(fake.objects.get(key)?.facts.hashes, bytes > 262_144 ? {} : wanted, `${bytes}`)
  }
})

test('the time that was asked for, and the token, go with the object', async () => {
  const modified = new Date('2001-02-03T04:05:06Z')
  for (const bytes of [500, 30_000]) {
    const fake = fakeObjectStore()
    const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes, modified, token: 'mine' })
    await upload.append(lendingBody(patternBytes(bytes)))
    assert.deepEqual((await upload.publish()).modified, modified)
    const facts = fake.objects.get(key)?.facts
    assert.deepEqual([facts?.modified, facts?.token], [modified, 'mine'])
  }
})

test('content longer than the store takes is refused, and nothing of it stays', async () => {
  const fake = fakeObjectStore({ rules: { maxParts: 10, maxPartBytes: bufferBytes, maxObjectBytes: 1_000_000 } })
  const engine = uploadEngine(fake.store)
  const upload = stagedUpload(engine, { bufferBytes })
  await assert.rejects(upload.append(lendingBody(patternBytes(100_001))), { code: 'too-large' })
  await upload.discard()
  assert.equal(fake.uploads.size, 0)
  assert.equal(engine.budget.statistics.leasedBytes, 0)
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
  assert.equal(engine.budget.statistics.leasedBytes, 0)
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
  assert.equal(engine.budget.statistics.leasedBytes, 0)
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
  assert.equal(engine.budget.statistics.leasedBytes, 0)
})

test('where MD5 is all there is, it goes with every body', async () => {
  const fake = fakeObjectStore({ rules: { checksum: null, wantsMd5: true } })
  const upload = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  const content = patternBytes(30_000)
  await upload.append(lendingBody(content))
  await upload.publish()
  assert.ok(fake.objects.get(key)?.content.equals(content))
  const empty = stagedUpload(uploadEngine(fake.store), { bufferBytes })
  assert.equal((await empty.publish()).bytes, 0)
})

test('the published facts hold the checksum of the whole content', async () => {
  for (const bytes of [0, 500, 30_000]) {
    const seen: (bigint | null)[] = []
    const fake = fakeObjectStore()
    const plain = uploadEngine(fake.store)
    const engine = { ...plain, entryOf: (published: Parameters<typeof plain.entryOf>[0]) => note(published) }
    const note: typeof plain.entryOf = (published) => {
      seen.push(published.checksum)
      return plain.entryOf(published)
    }
    const content = patternBytes(bytes)
    const upload = stagedUpload(engine, { bufferBytes })
    await upload.append(lendingBody(content))
    await upload.publish()
    assert.deepEqual(seen, [checksumOf('crc64xz', content)])
  }
})

async function appendAndPublish(upload: StagedUpload, content: Uint8Array): Promise<FileEntry> {
  await upload.append(lendingBody(content))
  return upload.publish()
}

function hexOf(algorithm: string, content: Buffer): string {
  return createHash(algorithm).update(content).digest('hex')
}

async function* slowly(content: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of lendingBody(content)) {
    await turn()
    yield chunk
  }
}

function crcOf(content: Uint8Array): string {
  return checksumOf('crc32', content).toString(16).padStart(8, '0')
}

function flipped(content: Buffer): Buffer {
  const changed = Buffer.from(content)
  changed.writeUInt8(changed.readUInt8(0) ^ 1, 0)
  return changed
}

function loseAnswers(...names: readonly string[]) {
  return ({ name }: { readonly name: string }) => {
    if (names.includes(name)) throw new GatewayError('unavailable', 'No answer came.')
  }
}
