import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf } from '../helpers/bucket-storage.ts'
import { gateway } from '../helpers/gateway.ts'
import { deliver } from '../helpers/object-store-double/archive.ts'
import { objectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn } from '../helpers/raw-client.ts'

async function open(t: TestContext, kind: 's3' | 'cos', options: Readonly<Record<string, unknown>> = {}) {
  const double = await objectStoreDouble(t, { kind })
  const server = await gateway(t, {
    kinds: ['none'],
    storages: { bucket: bucketOf(double, options) },
    accounts: [
      { name: 'ada', mounts: [{ storage: 'bucket' }] },
      { name: 'eve', permissions: ['list', 'read'], mounts: [{ storage: 'bucket' }] },
      { name: 'dan', permissions: ['write'], mounts: [{ storage: 'bucket' }] },
      { name: 'bob', mounts: [{ storage: 'bucket', readOnly: true }] },
    ],
  })
  return { double, server, client: await loggedIn(server) }
}

for (const kind of ['s3', 'cos'] as const) {
  test(`an archived file says why it cannot be read, and is restored by SITE RESTORE (${kind})`, async (t) => {
    const { double, client } = await open(t, kind, {
      storageClass: 'DEEP_ARCHIVE',
      restoreDays: 2,
      restoreTier: 'Bulk',
    })
    assert.equal((await client.upload('STOR old file', 'from long ago')).code, 226)
    const refused = (await client.download('RETR old file')).reply
    assert.equal(refused.code, 450)
    assert.match(refused.text, /archive: it has to be restored/)
    const requests = asked(double)
    assert.deepEqual((await client.command('SITE RESTORE old file')).code, 250)
    assert.deepEqual(requests(), ['HeadObject', 'RestoreObject'])
    const body = double.requests.at(-1)?.body.toString() ?? ''
    assert.match(body, /<Days>2<\/Days>.*<Tier>Bulk<\/Tier>/)
    const again = await client.command('SITE RESTORE old file 9')
    assert.deepEqual([again.code, again.text], [250, 'Was asked for before; it cannot be read yet.'])
    assert.equal((await client.download('RETR old file')).reply.code, 450)
    deliver(double, 'old file')
    assert.equal((await client.download('RETR old file')).bytes.toString(), 'from long ago')
    const longer = await client.command('SITE RESTORE old file 30')
    assert.deepEqual([longer.code, longer.text], [250, 'It can be read.'])
    assert.match(double.requests.at(-1)?.body.toString() ?? '', /<Days>30<\/Days>/)
  })
}

test('what is no archived file is told apart, and only who may read and write may ask', async (t) => {
  const { client, server } = await open(t, 's3')
  assert.equal((await client.upload('STOR file', 'content')).code, 226)
  assert.equal((await client.command('MKD folder')).code, 257)
  const plain = await client.command('SITE RESTORE file')
  assert.deepEqual([plain.code, plain.text], [250, 'It can be read.'])
  assert.deepEqual(await client.codes('SITE RESTORE missing', 'SITE RESTORE folder', 'SITE RESTORE /'), [550, 550, 550])
  assert.deepEqual(await client.codes('SITE RESTORE', 'SITE RESTORE file 0', 'SITE RESTORE file 366'), [501, 501, 501])
  for (const name of ['eve', 'dan', 'bob']) {
    const other = await loggedIn(server, 'none', { name })
    assert.equal((await other.command('SITE RESTORE file')).code, 550, name)
  }
})

test('FEAT and SITE HELP name it only where a storage has an archive; elsewhere it is 504', async (t) => {
  const { client } = await open(t, 's3')
  const withArchive = [await client.command('FEAT'), await client.command('SITE HELP')]
  for (const { lines } of withArchive) assert.ok(lines.some((line) => line.includes('RESTORE')))
  const plain = await loggedIn(await gateway(t, { kinds: ['none'] }))
  assert.equal((await plain.upload('STOR file', 'content')).code, 226)
  const without = [await plain.command('FEAT'), await plain.command('SITE HELP')]
  for (const { lines } of without) assert.ok(!lines.some((line) => line.includes('RESTORE')))
  assert.equal((await plain.command('SITE RESTORE file')).code, 504)
})

test('a store that has no archive after all says so', async (t) => {
  const { client, double } = await open(t, 's3')
  assert.equal((await client.upload('STOR file', 'content')).code, 226)
  double.rules.add({ op: 'RestoreObject', fault: { kind: 'error', status: 501, code: 'NotImplemented' } })
  assert.equal((await client.command('SITE RESTORE file')).code, 504)
})
