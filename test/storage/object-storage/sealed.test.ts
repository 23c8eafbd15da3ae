import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { SealedUpload, SealedUploads, Storage } from '../../../src/storage/contract.ts'
import { s3 } from '../../../src/storage/drivers/s3/index.ts'
import { s3Options } from '../../../src/storage/drivers/s3/options.ts'
import { body, content, key, put, refused, text } from '../../contract/clause.ts'
import { asked, bucketOf, held } from '../../helpers/bucket-storage.ts'
import { patternBytes } from '../../helpers/lending-body.ts'
import { objectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { services } from '../../helpers/storages.ts'
import { openBucket } from './open-bucket.ts'

async function seal(storage: Storage, at: string, bytes: string | Uint8Array): Promise<SealedUpload> {
  const upload = await storage.stage(key(`${at}.tmp`), { finalKey: key(at) })
  await upload.append(body(bytes))
  await refused(upload.publish(), 'internal')
  const sealed = await upload.seal?.()
  await refused(upload.append(body('more')), 'internal')
  return sealed ?? assert.fail('it cannot be sealed')
}

const of = ({ sealed }: Storage): SealedUploads => sealed ?? assert.fail('nothing can be sealed there')

test('a sealed upload is published by its ticket alone, and told of before', async (t) => {
  const { double, storage } = await openBucket(t)
  const sealed = await seal(storage, 'a', 'content')
  assert.deepEqual([sealed.key, sealed.finalKey, sealed.bytes, sealed.modified], ['a.tmp', 'a', 7, null])
  assert.equal(sealed.hashes['SHA-256'], 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73')
  assert.deepEqual(sealed.proof, { name: 'CRC64NVME', hex: sealed.hashes['CRC64NVME'] })
  const requests = asked(double)
  const entry = await of(storage).publish(sealed.ticket)
  assert.deepEqual(requests(), ['CompleteMultipartUpload'])
  assert.deepEqual([entry.bytes, entry.hashes?.['SHA-256']], [7, sealed.hashes['SHA-256']])
  const seen = await storage.stat(key('a'))
  assert.equal(seen?.kind === 'file' && seen.hashes?.['SHA-256'], sealed.hashes['SHA-256'])
})

test('what has been published once may be published again, but is not taken away from there, nor from a stranger', async (t) => {
  const { storage } = await openBucket(t)
  const { ticket } = await seal(storage, 'a', 'content')
  assert.equal(await of(storage).fate(ticket), 'waiting')
  await of(storage).publish(ticket, { ifAbsent: true })
  assert.equal(await of(storage).fate(ticket), 'published')
  await of(storage).publish(ticket, { ifAbsent: true })
  await refused(of(storage).divert(ticket, key('b')), 'not-found')
  assert.equal(await text(storage, 'a'), 'content')
  await put(storage, 'a', 'of somebody else')
  await refused(of(storage).divert(ticket, key('b'), { isBegun: true }), 'not-found')
  assert.equal(await of(storage).fate(ticket), 'lost')
  await refused(of(storage).publish(ticket), 'not-found')
  assert.equal(await text(storage, 'a'), 'of somebody else')
})

test('it replaces what is there, but for `ifAbsent`, and no folder', async (t) => {
  const { storage } = await openBucket(t)
  await put(storage, 'a', 'old')
  const { ticket } = await seal(storage, 'a', 'content')
  await refused(of(storage).publish(ticket, { ifAbsent: true }), 'already-exists')
  assert.equal(await text(storage, 'a'), 'old')
  await of(storage).publish(ticket)
  assert.equal(await text(storage, 'a'), 'content')
  const late = await seal(storage, 'd', 'content')
  await storage.makeDirectory(key('d'))
  await refused(of(storage).publish(late.ticket), 'is-directory')
})

test('elsewhere it comes by a copy, if what is to be is allowed there', async (t) => {
  for (const facts of [{}, { ifMatch: false, ifAbsent: null }]) {
    const { double, storage } = await openBucket(t, facts)
    const whole = patternBytes(300_000)
    const { ticket } = await seal(storage, 'a', whole)
    await put(storage, 'there', 'old')
    await refused(of(storage).divert(ticket, key('there'), { ifAbsent: true }), 'already-exists')
    await refused(of(storage).divert(ticket, key('missing/b')), 'not-found')
    await refused(of(storage).divert(ticket, key('there/b')), 'not-directory')
    assert.deepEqual(Object.keys(held(double).objects), ['there'])
    assert.equal((await of(storage).divert(ticket, key('b'))).bytes, whole.length)
    assert.ok((await content(storage, 'b')).equals(whole))
    assert.deepEqual(Object.keys(held(double).objects).toSorted(), ['b', 'there'])
    await refused(of(storage).divert(ticket, key('c')), 'not-found')
  }
})

test('an upload that is sealed may still be discarded, and its parts are swept only when no ticket leads to them', async (t) => {
  const { double, storage } = await openBucket(t)
  const first = await seal(storage, 'a', 'content')
  await seal(storage, 'b', 'content')
  const future = new Date(Date.now() + 86_400_000)
  assert.equal(await storage.sweep?.([first.ticket], { before: future }), 1)
  assert.deepEqual(held(double).unfinished, ['a'])
  await of(storage).discard(first.ticket)
  await of(storage).discard(first.ticket)
  assert.deepEqual(held(double).unfinished, [])
  assert.equal(await of(storage).fate(first.ticket), 'lost')
})

test('a cut upload for a final key goes on from its ticket, and is sealed whole', async (t) => {
  const parts = { leastBytes: 1000, mostBytes: 1024 ** 3, mostParts: 10_000, equal: false }
  const { storage } = await openBucket(t, { parts })
  const whole = patternBytes(300_000)
  const tickets: string[] = []
  const journal = async (ticket: string) => void tickets.push(ticket)
  const upload = await storage.stage(key('a.tmp'), { finalKey: key('a'), journal })
  await upload.append(body(whole.subarray(0, 200_000)))
  await upload.suspend()
  const again = await storage.restage(upload.ticket, { journal })
  assert.ok(again?.seal)
  await again.append(body(whole.subarray(again.durableBytes)))
  const sealed = await again.seal()
  assert.deepEqual([sealed.key, sealed.finalKey, sealed.bytes], ['a.tmp', 'a', whole.length])
  await of(storage).publish(sealed.ticket)
  assert.ok((await content(storage, 'a')).equals(whole))
})

test('from the archive nothing can be copied: that is found out before', async (t: TestContext) => {
  const double = await objectStoreDouble(t)
  const { driver: _, ...options } = bucketOf(double, { storageClass: 'DEEP_ARCHIVE' })
  const storage = await s3.open(s3Options.parse(options), services)
  t.after(() => storage.close())
  const { ticket } = await seal(storage, 'a', 'content')
  await refused(of(storage).divert(ticket, key('b')), 'conflict')
  assert.deepEqual(held(double), { objects: {}, unfinished: ['a'] })
  await of(storage).publish(ticket)
  assert.deepEqual(held(double), { objects: { a: 7 }, unfinished: [] })
})

test('what is no ticket of a sealed upload leads nowhere', async (t) => {
  const { storage } = await openBucket(t)
  const upload = await storage.stage(key('a'))
  for (const ticket of ['', '{}', 'null', upload.ticket]) await refused(of(storage).publish(ticket), 'not-found')
})
