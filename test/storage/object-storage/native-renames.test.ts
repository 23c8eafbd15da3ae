import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { parseKey } from '../../../src/core/paths.ts'
import type { Storage } from '../../../src/storage/contract.ts'
import { cos } from '../../../src/storage/drivers/cos/index.ts'
import { cosOptions } from '../../../src/storage/drivers/cos/options.ts'
import { write } from '../../../src/storage/write.ts'
import { asked, held } from '../../helpers/bucket-storage.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { services } from '../../helpers/storages.ts'

const key = parseKey

async function open(t: TestContext, options: Readonly<Record<string, unknown>> = {}, hasDirectories = true) {
  const double = await objectStoreDouble(t, { kind: 'cos', hasDirectories })
  const { port, bucketName: bucket, secrets } = double
  const credentials = { secretId: secrets.accessKey, secretKey: secrets.secretKey }
  const endpoint = `http://cos.localhost:${port}`
  const storage = await cos.open(cosOptions.parse({ bucket, endpoint, credentials, ...options }), services)
  t.after(() => storage.close())
  return { double, storage }
}

async function put(storage: Storage, at: string, content = at): Promise<void> {
  async function* body() {
    yield Buffer.from(content)
  }
  await write(storage, key(at), body())
}

const renames = (double: ObjectStoreDouble) => {
  const since = asked(double)
  return () => since().filter((op) => op === 'RenameObject' || op === 'CopyObject' || op === 'DeleteObject')
}

test('a bucket that says it has directories renames files and folders by one request', async (t) => {
  const { double, storage } = await open(t)
  assert.equal(storage.pieces, undefined)
  assert.equal(storage.sealed, undefined)
  for (const at of ['d ä', 'd ä/e']) await storage.makeDirectory(key(at))
  for (const at of ['d ä/a', 'd ä/e/b+c', 'd ä-']) await put(storage, at)
  const since = renames(double)
  await storage.rename?.(key('d ä'), key('z&y'))
  await storage.rename?.(key('z&y/a'), key('moved'))
  assert.deepEqual(since(), ['RenameObject', 'RenameObject'])
  assert.deepEqual(Object.keys(held(double).objects).toSorted(), ['d ä-', 'moved', 'z&y/', 'z&y/e/', 'z&y/e/b+c'])
})

test('a file that is renamed takes its time with it, in listings too', async (t) => {
  const { storage } = await open(t)
  const modified = new Date('2020-01-02T03:04:05Z')
  await write(storage, key('a'), Readable.from([Buffer.from('content')]), { modified })
  await storage.rename?.(key('a'), key('b'))
  const { entries } = await storage.list(key(''))
  assert.deepEqual(
    entries.map((entry) => [entry.key, entry.modified]),
    [['b', modified]],
  )
})

test('a file in the way goes first where the store replaces nothing', async (t) => {
  const { double, storage } = await open(t)
  await put(storage, 'a', 'new')
  await put(storage, 'b', 'old')
  const since = renames(double)
  await storage.rename?.(key('a'), key('b'))
  assert.deepEqual(since(), ['RenameObject', 'DeleteObject', 'RenameObject'])
  assert.equal(double.bucket.objects.get('b')?.body.toString(), 'new')
})

test('a rename whose answer was lost is done', async (t) => {
  const { double, storage } = await open(t)
  await put(storage, 'a')
  await storage.makeDirectory(key('d'))
  for (const [from, to] of [
    ['a', 'b'],
    ['d', 'e'],
  ] as const) {
    double.rules.clear()
    double.rules.add({ op: 'RenameObject', nth: 1, fault: { kind: 'drop-response' } })
    await storage.rename?.(key(from), key(to))
  }
  assert.deepEqual(Object.keys(held(double).objects), ['b', 'e/'])
  await assert.rejects(async () => storage.rename?.(key('a'), key('c')), { code: 'not-found' })
})

test('the option overrules what the bucket says, and a bucket that does not answer is taken for the usual kind', async (t) => {
  assert.ok((await open(t, { metadataAcceleration: 'off' })).storage.pieces)
  assert.equal((await open(t, { metadataAcceleration: 'on' }, false)).storage.pieces, undefined)
  assert.ok((await open(t, {}, false)).storage.pieces)
})
