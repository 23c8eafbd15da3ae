import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf, held } from '../helpers/bucket-storage.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import {
  objectStoreDouble,
  type DoubleOptions,
  type ObjectStoreDouble,
} from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, readToEnd } from '../helpers/raw-client.ts'
import { until } from '../helpers/until.ts'

const mib = 1024 ** 2
const old = 'the old file, byte for byte'
/** Two parts, and what is too little for one. */
const body = randomBytes(11 * mib)

interface Opened {
  readonly double: ObjectStoreDouble
  readonly server: GatewayUnderTest
}

/** A gateway that gives a store up after two tries. */
async function open(t: TestContext, options: DoubleOptions & { readonly attempts?: number } = {}): Promise<Opened> {
  const { attempts = 2, ...rest } = options
  const double = await objectStoreDouble(t, rest)
  const server = await gateway(t, {
    kinds: ['none'],
    memory: '40 MiB',
    storages: { bucket: bucketOf(double, { attempts }) },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  })
  return { double, server }
}

for (const kind of ['s3', 'cos'] as const) {
  for (const [length, op, content] of [
    ['short', 'PutObject', Buffer.from('a new file')],
    ['long', 'UploadPart', body],
  ] as const) {
    test(`bytes that are changed on their way: 451, and the old file stays (${kind}, ${length})`, async (t) => {
      const { double, server } = await open(t, { kind })
      const client = await loggedIn(server)
      assert.equal((await client.upload('STOR file', old)).code, 226)
      double.rules.add({ op, fault: { kind: 'corrupt-request' } })
      assert.equal((await client.upload('STOR file', content)).code, 451)
      assert.equal((await client.upload('STOR new', content)).code, 451)
      double.rules.clear()
      assert.deepEqual(held(double), { objects: { file: old.length }, unfinished: [] })
      assert.equal((await client.download('RETR file')).bytes.toString(), old)
    })

    test(`an upload that the store refuses leaves the old file (${kind}, ${length})`, async (t) => {
      const { double, server } = await open(t, { kind })
      const client = await loggedIn(server)
      assert.equal((await client.upload('STOR file', old)).code, 226)
      double.rules.add({ op, fault: { kind: 'error', status: 500, code: 'InternalError' } })
      assert.equal((await client.upload('STOR file', content)).code, 451)
      double.rules.clear()
      double.rules.add({ op, fault: { kind: 'error', status: 403, code: 'AccessDenied' } })
      assert.equal((await client.upload('STOR file', content)).code, 550)
      double.rules.clear()
      assert.deepEqual(held(double), { objects: { file: old.length }, unfinished: [] })
    })
  }

  test(`bytes that are changed once are sent again (${kind})`, async (t) => {
    const { double, server } = await open(t, { kind })
    const client = await loggedIn(server)
    double.rules.add({ op: 'UploadPart', count: 1, fault: { kind: 'corrupt-request' } })
    assert.equal((await client.upload('STOR file', body)).code, 226)
    assert.ok(double.bucket.objects.get('file')?.body.equals(body))
  })

  test(`a Complete that is answered 200 with an error inside, and done the second time (${kind})`, async (t) => {
    const { double, server } = await open(t, { kind })
    const client = await loggedIn(server)
    const fault = { kind: 'error', status: 200, code: 'InternalError', spaces: 20 } as const
    double.rules.add({ op: 'CompleteMultipartUpload', count: 1, fault })
    assert.equal((await client.upload('STOR file', body)).code, 226)
    assert.ok(double.bucket.objects.get('file')?.body.equals(body))
  })

  test(`a Complete that always fails inside a 200: 451, nothing published, nothing left (${kind})`, async (t) => {
    const { double, server } = await open(t, { kind })
    const client = await loggedIn(server)
    const fault = { kind: 'error', status: 200, code: 'InternalError', spaces: 20 } as const
    double.rules.add({ op: 'CompleteMultipartUpload', fault })
    assert.equal((await client.upload('STOR file', body)).code, 451)
    assert.deepEqual(held(double), { objects: {}, unfinished: [] })
  })

  test(`a Complete that was done but not answered is found to be done (${kind})`, async (t) => {
    const { double, server } = await open(t, { kind })
    const client = await loggedIn(server)
    double.rules.add({ op: 'CompleteMultipartUpload', count: 1, fault: { kind: 'drop-response' } })
    assert.equal((await client.upload('STOR file', body)).code, 226)
    assert.deepEqual(held(double), { objects: { file: body.length }, unfinished: [] })
  })
}

for (const [what, page] of [
  ['an empty page', ''],
  ['a page of a proxy', '<html>Sign in to the network</html>'],
] as const) {
  test(`${what} with status 200 in the store's place is neither a file, nor proof of one (s3)`, async (t) => {
    const { double, server } = await open(t)
    const client = await loggedIn(server)
    assert.equal((await client.upload('STOR file', old)).code, 226)
    for (const op of ['PutObject', 'GetObject', 'HeadObject'])
      double.rules.add({ op, fault: { kind: 'answer', body: page } })
    assert.equal((await client.upload('STOR file', 'new')).code, 451)
    assert.equal((await client.upload('APPE file', 'more')).code, 451)
    const { bytes, reply } = await client.download('RETR file')
    assert.deepEqual([bytes.toString(), reply.code], ['', 451])
    assert.deepEqual(await client.codes('MKD folder', 'SIZE file'), [451, 451])
    double.rules.clear()
    assert.deepEqual(held(double), { objects: { file: old.length }, unfinished: [] })
  })
}

test('SlowDown is waited out: the client sees slowness, and no storm comes', async (t) => {
  const { double, server } = await open(t, { attempts: 6 })
  const client = await loggedIn(server)
  double.rules.add({ count: 4, fault: { kind: 'error', status: 503, code: 'SlowDown' } })
  const all = asked(double)
  assert.equal((await client.upload('STOR file', 'content')).code, 226)
  assert.equal(all().length, 5)
})

for (const [name, fault] of [
  ['an error', { kind: 'error', status: 500, code: 'InternalError' }],
  ['half an answer', { kind: 'cut-body', bytes: 300, ending: 'reset' }],
  ['an answer that is no listing', { kind: 'answer', body: '<html/>' }],
] as const) {
  test(`a second page that fails (${name}) ends a listing in 4xx, never in 226`, async (t) => {
    const virtualKeys = { count: 2500, keyAt: (index: number) => `k${String(index).padStart(6, '0')}` }
    const { double, server } = await open(t, { virtualKeys })
    for (const command of ['LIST', 'NLST', 'MLSD']) {
      double.rules.clear()
      const client = await loggedIn(server)
      const { code } = (await client.download(command)).reply
      assert.equal(code, 226)
      double.rules.add({ op: 'ListObjects', nth: 2, fault })
      double.rules.add({ op: 'ListObjects', nth: 2, fault })
      const { reply, bytes, ending } = await client.download(command)
      assert.ok(reply.code === 426 || reply.code === 451, `${reply.code} ${reply.text}`)
      assert.notEqual(ending, 'end')
      // MLSD tells of the folder itself, too.
      assert.ok(bytes.toString().split('\r\n').length <= 1002)
      assert.equal((await client.command('NOOP')).code, 200)
    }
  })
}

test('a download whose stream breaks goes on where it broke', async (t) => {
  const { double, server } = await open(t)
  const client = await loggedIn(server)
  await client.upload('STOR file', body)
  double.rules.add({ op: 'GetObject', nth: 1, fault: { kind: 'cut-body', bytes: 3_000_000, ending: 'reset' } })
  const gets = asked(double)
  const { reply, bytes } = await client.download('RETR file')
  assert.equal(reply.code, 226)
  assert.ok(bytes.equals(body))
  assert.deepEqual(gets(), ['GetObject', 'GetObject'])
  assert.notEqual(double.requests.at(-1)?.headers['if-match'], undefined)
})

test('an object that is replaced during a broken download: 426, never a mix', async (t) => {
  const { double, server } = await open(t)
  const client = await loggedIn(server)
  await client.upload('STOR file', body)
  double.rules.add({ op: 'GetObject', nth: 1, fault: { kind: 'cut-body', bytes: 3_000_000, ending: 'silence' } })
  const { data } = await client.transfer('RETR file')
  data.pause()
  await until('the first part was sent', () => double.requests.at(-1)?.op === 'GetObject')
  const there = double.bucket.objects.get('file')
  assert.ok(there)
  double.bucket.objects.set('file', { ...there, body: randomBytes(body.length), etag: 'another' })
  double.breakAll()
  const { bytes, ending } = await readToEnd(data)
  assert.equal((await client.reply()).code, 426)
  assert.equal(ending, 'reset')
  assert.ok(body.subarray(0, bytes.length).equals(bytes))
})

test('a client that leaves ends the request to the store within a second', async (t) => {
  const { double, server } = await open(t)
  const client = await loggedIn(server)
  const there = { etag: 'a', modified: new Date(), headers: {}, crc: null }
  double.bucket.objects.set('big', { ...there, body: Buffer.alloc(200 * mib) })
  const { data } = await client.transfer('RETR big')
  await new Promise((resolve) => data.once('data', resolve))
  data.pause()
  assert.equal(double.open, 1)
  const before = performance.now()
  data.resetAndDestroy()
  await until('the request has ended', () => double.open === 0)
  assert.ok(performance.now() - before < 1000)
  assert.equal((await client.reply()).code, 426)
})

test('an archived object: 450, with the reason', async (t) => {
  const { double, server } = await open(t)
  const client = await loggedIn(server)
  await client.upload('STOR file', 'cold')
  const there = double.bucket.objects.get('file')
  assert.ok(there)
  double.bucket.objects.set('file', { ...there, headers: { 'x-amz-storage-class': 'DEEP_ARCHIVE' } })
  const { code, text } = (await client.download('RETR file')).reply
  assert.equal(code, 450)
  assert.match(text, /archive.*restored/)
})
