import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { checksumOf } from '../../../src/core/checksum/running.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import { parseKey } from '../../../src/core/paths.ts'
import type { FileEntry, StagedUpload } from '../../../src/storage/contract.ts'
import { fakeObjectStore } from '../../helpers/fake-object-store.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { stagedUpload, uploadEngine } from '../../helpers/uploads.ts'

const bufferBytes = 10_000
const key = 'in/file'

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
    assert.equal(engine.budget.statistics().leasedBytes, 0)
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
