import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isGatewayError } from '../../../src/core/errors.ts'
import { parseKey } from '../../../src/core/paths.ts'
import type { OpenFile } from '../../../src/storage/contract.ts'
import { write } from '../../../src/storage/write.ts'
import { openBucket } from './open-bucket.ts'

const key = parseKey('file')
const content = randomBytes(600_000)

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function contentOf(file: OpenFile): Promise<Buffer> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of file.body) pieces.push(Buffer.from(piece))
  } finally {
    await file.close()
  }
  return Buffer.concat(pieces)
}

test('a stream that breaks, also twice, goes on behind the last byte, bound to the version', async (t) => {
  const { double, storage } = await openBucket(t)
  await write(storage, key, chunks(content))
  for (const nth of [1, 1]) {
    double.rules.add({ op: 'GetObject', nth, fault: { kind: 'cut-body', bytes: 100_000, ending: 'reset' } })
  }
  const read = await contentOf(await storage.read(key, { start: 50_000, end: 550_000 }))
  assert.ok(read.equals(content.subarray(50_000, 550_000)))
  const [first, ...later] = double.requests.filter(({ op }) => op === 'GetObject')
  assert.equal(first?.headers['range'], 'bytes=50000-549999')
  assert.ok(later.length >= 1)
  for (const { headers } of later) {
    assert.equal(headers['if-match'], `"${double.bucket.objects.get('file')?.etag}"`)
    const start = Number(/^bytes=(\d+)-549999$/.exec(headers['range'] ?? '')?.[1])
    assert.ok(start > 50_000 && start <= 350_000, `${start}`)
  }
})

for (const [what, change] of [
  ['replaced', { etag: 'another' }],
  ['removed', null],
] as const) {
  test(`an object that was ${what} in between breaks the download off`, async (t) => {
    const { double, storage } = await openBucket(t)
    await write(storage, key, chunks(content))
    double.rules.add({ op: 'GetObject', nth: 1, fault: { kind: 'cut-body', bytes: 100_000, ending: 'reset' } })
    const file = await storage.read(key)
    const there = double.bucket.objects.get('file')
    assert.ok(there)
    if (change === null) double.bucket.objects.delete('file')
    else double.bucket.objects.set('file', { ...there, ...change })
    await assert.rejects(contentOf(file), (error) => isGatewayError(error, 'data-connection-lost'))
  })
}

test('a store that stays away ends the download, after some tries', async (t) => {
  const { double, storage } = await openBucket(t)
  await write(storage, key, chunks(content))
  double.rules.add({ op: 'GetObject', nth: 1, fault: { kind: 'cut-body', bytes: 100_000, ending: 'reset' } })
  double.rules.add({ op: 'GetObject', fault: { kind: 'error', status: 500, code: 'InternalError' } })
  await assert.rejects(
    async () => contentOf(await storage.read(key)),
    (error) => isGatewayError(error, 'unavailable'),
  )
})

test('a range without bytes costs no content, and one beyond the end is refused', async (t) => {
  const { storage } = await openBucket(t)
  await write(storage, key, chunks(content))
  assert.equal((await contentOf(await storage.read(key, { start: content.length }))).length, 0)
  assert.equal((await contentOf(await storage.read(key, { start: 5, end: 5 }))).length, 0)
  await assert.rejects(storage.read(key, { start: content.length + 1 }), (error) =>
    isGatewayError(error, 'invalid-restart'),
  )
})
