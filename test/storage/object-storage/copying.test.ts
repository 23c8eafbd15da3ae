import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isGatewayError } from '../../../src/core/errors.ts'
import { parseKey } from '../../../src/core/paths.ts'
import { write } from '../../../src/storage/write.ts'
import { openBucket, type OpenedBucket } from './open-bucket.ts'

const [from, to] = [parseKey('from'), parseKey('to')]
const content = randomBytes(200_000)

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** An object with facts of its own, put there by others. */
function put({ double }: OpenedBucket): void {
  const headers = {
    'content-type': 'image/png',
    'x-amz-meta-mtime': '1000000000.000',
    'x-amz-meta-own': 'kept',
    'x-amz-storage-class': 'STANDARD_IA',
  }
  double.bucket.objects.set('from', { body: content, etag: 'e1', modified: new Date(), headers, crc: null })
}

const kept = (opened: OpenedBucket, key: string) => opened.double.bucket.objects.get(key)?.headers

test('a copy keeps type, metadata and class, and a time the file bears', async (t) => {
  const opened = await openBucket(t)
  put(opened)
  const entry = await opened.storage.copy(from, to)
  assert.equal(entry.modified.getTime(), 1_000_000_000_000)
  assert.deepEqual(kept(opened, 'to'), kept(opened, 'from'))
})

test('an object too long for one request is copied in parts, and keeps the same', async (t) => {
  const opened = await openBucket(t, { mostPutBytes: 100_000 })
  put(opened)
  await opened.storage.copy(from, to)
  const ops = opened.double.requests.map(({ op }) => op)
  assert.ok(ops.includes('UploadPartCopy') && !ops.includes('CopyObject'))
  assert.ok(opened.double.bucket.objects.get('to')?.body.equals(content))
  assert.deepEqual(kept(opened, 'to'), kept(opened, 'from'))
  await opened.storage.rename?.(to, parseKey('moved'))
  assert.deepEqual([...opened.double.bucket.objects.keys()], ['from', 'moved'])
  assert.deepEqual(kept(opened, 'moved'), kept(opened, 'from'))
})

test('a copy in parts that fails leaves no parts, and the target as it was', async (t) => {
  const opened = await openBucket(t, { mostPutBytes: 100_000 })
  put(opened)
  await write(opened.storage, to, chunks(Buffer.from('old')))
  opened.double.rules.add({ op: 'UploadPartCopy', fault: { kind: 'error', status: 403, code: 'AccessDenied' } })
  await assert.rejects(opened.storage.copy(from, to), (error) => isGatewayError(error, 'permission-denied'))
  assert.equal(opened.double.bucket.uploads.size, 0)
  assert.equal(opened.double.bucket.objects.get('to')?.body.toString(), 'old')
})

test('a new time changes the metadata and nothing else', async (t) => {
  const opened = await openBucket(t)
  put(opened)
  await opened.storage.setModified?.(from, new Date('2020-02-03T04:05:06Z'))
  const before = { 'content-type': 'image/png', 'x-amz-meta-own': 'kept', 'x-amz-storage-class': 'STANDARD_IA' }
  assert.deepEqual(kept(opened, 'from'), { ...before, 'x-amz-meta-mtime': '1580702706.000' })
  const [listed] = (await opened.storage.list(parseKey(''))).entries
  assert.equal(listed?.modified?.toISOString(), '2020-02-03T04:05:06.000Z')
})

test('what is added where the store tells wrong checksums of copied parts is proved by MD5, part by part', async (t) => {
  const opened = await openBucket(t, {
    copiedPartChecksums: false,
    parts: { leastBytes: 1024, mostBytes: 2 ** 30, mostParts: 10_000, equal: false },
  })
  await write(opened.storage, from, chunks(content))
  const upload = await opened.storage.stage(from, { start: content.length })
  await upload.append(chunks(Buffer.from('more')))
  await upload.publish()
  const parts = opened.double.requests.filter(({ op }) => op === 'UploadPart')
  assert.equal(parts.length, 1)
  assert.notEqual(parts[0]?.headers['content-md5'], undefined)
  assert.equal(parts[0]?.headers['x-amz-checksum-crc64nvme'], undefined)
  assert.ok(opened.double.bucket.objects.get('from')?.body.equals(Buffer.concat([content, Buffer.from('more')])))
})

test('a sweep removes old uploads and old hidden objects, but for those with a ticket, and counts them first', async (t) => {
  const opened = await openBucket(t)
  const { double, storage } = opened
  put(opened)
  const there = double.bucket.objects.get('from')
  assert.ok(there)
  const long = { ...there, modified: new Date(1000) }
  double.bucket.objects.set('.sluice/parts/old', long)
  double.bucket.objects.set('.sluice/parts/new', there)
  double.bucket.objects.set('old', long)
  const upload = { headers: {}, algorithm: null, parts: new Map() }
  double.bucket.uploads.set('u1', { ...upload, id: 'u1', key: 'a', begun: new Date(1000) })
  double.bucket.uploads.set('u2', { ...upload, id: 'u2', key: 'b', begun: new Date() })
  const before = new Date(2000)
  assert.equal(await storage.sweep?.([], { before, isDryRun: true }), 2)
  assert.deepEqual([double.bucket.uploads.size, double.bucket.objects.size], [2, 4])
  assert.equal(await storage.sweep?.([], { before }), 2)
  assert.deepEqual([...double.bucket.uploads.keys()], ['u2'])
  assert.deepEqual([...double.bucket.objects.keys()].toSorted(), ['.sluice/parts/new', 'from', 'old'])
})
