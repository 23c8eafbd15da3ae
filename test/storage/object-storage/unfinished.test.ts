import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseKey } from '../../../src/core/paths.ts'
import type { UnfinishedUpload } from '../../../src/storage/contract.ts'
import { prefixed } from '../../../src/storage/prefixed.ts'
import { lendingBody, patternBytes } from '../../helpers/lending-body.ts'
import { openBucket } from './open-bucket.ts'

const old = new Date('2026-01-01T00:00:00Z')
const now = new Date('2026-06-01T00:00:00Z')

test('uploads that no ticket leads to are told with age and length, and what was put aside', async (t) => {
  const { storage, double } = await openBucket(t)
  const upload = await storage.stage(parseKey('kept'))
  await upload.append(lendingBody(patternBytes(40_000_000)))
  await upload.suspend()
  const [kept] = double.bucket.uploads.values()
  assert.ok(kept)
  const begun = { ...kept, begun: old }
  double.bucket.uploads.set(kept.id, begun)
  double.bucket.uploads.set('young', { ...kept, id: 'young', key: 'young', begun: now })
  double.bucket.uploads.set('lost', { ...begun, id: 'lost', key: 'lost' })
  double.bucket.objects.set('.sluice/parts/a', {
    body: Buffer.from('abc'),
    etag: 'a',
    modified: old,
    headers: {},
    crc: null,
  })
  const told: UnfinishedUpload[] = []
  for await (const each of storage.unfinished?.([upload.ticket], new Date('2026-03-01T00:00:00Z')) ?? [])
    told.push(each)
  const bytes = [...kept.parts.values()].reduce((sum, { body }) => sum + body.length, 0)
  assert.deepEqual(told, [
    { key: 'lost', id: 'lost', begunAt: old, bytes },
    { key: '.sluice/parts/a', id: null, begunAt: old, bytes: 3 },
  ])
  // Whoever sees a part of the storage is told nothing of the rest.
  assert.equal(prefixed(storage, parseKey('kept')).unfinished, undefined)
})
