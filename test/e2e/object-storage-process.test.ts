import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { asked, bucketOf, held, sentBytes } from '../helpers/bucket-storage.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn } from '../helpers/raw-client.ts'
import { served, type ServedProcess } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

const partBytes = 5 * 1024 ** 2
/** Two parts, and what is too little for one. */
const body = randomBytes(11 * 1024 ** 2)

/** Until two parts are stored and acknowledged. */
async function halfAnUpload(
  double: ObjectStoreDouble,
  server: ServedProcess,
  name: string,
  line: string,
): Promise<void> {
  const parts = asked(double)
  const client = await loggedIn(server, 'none', { name })
  const { reply, data } = await client.transfer(line)
  assert.equal(reply.code, 150)
  client.socket.on('error', () => {})
  data.on('error', () => {})
  data.write(body)
  await until('two parts are stored', () => parts().filter((op) => op === 'UploadPart').length === 2)
  await until('they are acknowledged', () => double.open === 0)
}

test('kill -9 during uploads into a bucket: nothing half, discarded ones aborted at the next start, kept ones go on', async (t) => {
  const double = await objectStoreDouble(t)
  const place = served(t, {
    kinds: ['none'],
    log: { level: 'info', format: 'json' },
    memory: '40 MiB',
    storages: { bucket: bucketOf(double) },
    accounts: [
      { name: 'ada', mounts: [{ storage: 'bucket', prefix: 'ada/' }] },
      { name: 'bob', incompleteUploads: 'resume', mounts: [{ storage: 'bucket', prefix: 'bob/' }] },
    ],
  })
  const first = await place.start()
  const before = await loggedIn(first, 'none', { name: 'ada' })
  assert.equal((await before.upload('STOR old', 'the old file')).code, 226)
  before.socket.on('error', () => {})
  await halfAnUpload(double, first, 'ada', 'STOR old')
  await halfAnUpload(double, first, 'ada', 'STOR new')
  await halfAnUpload(double, first, 'bob', 'STOR new')
  await halfAnUpload(double, first, 'bob', 'STOR other')
  first.signal('SIGKILL')
  await first.exited
  assert.deepEqual(held(double).objects, { 'ada/old': 12 })
  assert.equal(held(double).unfinished.length, 4)

  const second = await place.start()
  await until('discarded uploads are aborted', () => held(double).unfinished.length === 2)
  assert.deepEqual(held(double).unfinished.toSorted(), ['bob/new', 'bob/other'])
  const ada = await loggedIn(second, 'none', { name: 'ada' })
  assert.deepEqual(await ada.codes('SIZE new', 'SIZE old'), [550, 213])
  assert.equal((await ada.download('NLST')).bytes.toString(), 'old\r\n')
  for (const [name, line] of [
    ['new', 'STOR new'],
    ['other', 'APPE other'],
  ] as const) {
    const bob = await loggedIn(second, 'none', { name: 'bob' })
    const { code, text } = await bob.command(`SIZE ${name}`)
    assert.deepEqual([code, text], [213, String(2 * partBytes)])
    const travelled = sentBytes(double)
    if (line.startsWith('STOR')) assert.equal((await bob.command(`REST ${text}`)).code, 350)
    assert.equal((await bob.upload(line, body.subarray(2 * partBytes))).code, 226)
    assert.ok(travelled() <= body.length - 2 * partBytes + partBytes, `${travelled()} bytes travelled`)
    assert.ok(double.bucket.objects.get(`bob/${name}`)?.body.equals(body))
  }
  assert.deepEqual(held(double).unfinished, [])
  second.signal('SIGTERM')
  assert.equal(await second.exited, 0)
})

test('a store that hangs at the start does not put off the tidying of a disk until there are new uploads on it', async (t) => {
  const double = await objectStoreDouble(t)
  const place = served(t, {
    ...{ kinds: ['none'], log: { level: 'info', format: 'json' }, memory: '40 MiB' },
    storages: { bucket: bucketOf(double) },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }, { name: 'bob' }],
  })
  const first = await place.start()
  await halfAnUpload(double, first, 'ada', 'STOR new')
  const bob = await loggedIn(first, 'none', { name: 'bob' })
  const { data } = await bob.transfer('STOR new')
  for (const socket of [bob.socket, data]) socket.on('error', () => {})
  data.write(body)
  const staged = () =>
    readdirSync(place.files, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
  await until('it is staged', () => staged() === 1)
  first.signal('SIGKILL')
  await first.exited
  double.rules.add({ fault: { kind: 'stall' } })
  await place.start()
  assert.equal(staged(), 0)
})

test('kill -9 between 226 and the rename: what waits is seen by its account, renamed, and whole', async (t) => {
  const double = await objectStoreDouble(t)
  const place = served(t, {
    kinds: ['none'],
    log: { level: 'info', format: 'json' },
    memory: '40 MiB',
    uploads: { sweepAfter: '1s', keepFor: '1s' },
    storages: { bucket: bucketOf(double) },
    accounts: ['ada', 'bob'].map((name) => ({ name, mounts: [{ storage: 'bucket', prefix: 'in/' }] })),
  })
  const first = await place.start()
  const before = await loggedIn(first, 'none', { name: 'ada' })
  before.socket.on('error', () => {})
  const small = Buffer.from('small')
  assert.equal((await before.upload('STOR small', 'the old file')).code, 226)
  for (const [name, bytes] of [
    ['small', small],
    ['large', body],
    ['other', body],
  ] as const)
    assert.equal((await before.upload(`STOR ${name}.tmp`, bytes)).code, 226)
  first.signal('SIGKILL')
  await first.exited
  assert.deepEqual(held(double).objects, { 'in/small': 12 })
  // Older than all that nobody may resume.
  await new Promise((resolve) => setTimeout(resolve, 1500))

  const second = await place.start()
  const ada = await loggedIn(second, 'none', { name: 'ada' })
  const bob = await loggedIn(second, 'none', { name: 'bob' })
  assert.equal((await ada.download('NLST')).bytes.toString(), 'large.tmp\r\nother.tmp\r\nsmall\r\nsmall.tmp\r\n')
  assert.equal((await bob.download('NLST')).bytes.toString(), 'small\r\n')
  assert.equal((await ada.command('SIZE large.tmp')).text, String(body.length))
  const renames = asked(double)
  for (const name of ['small', 'large'])
    assert.deepEqual(await ada.codes(`RNFR ${name}.tmp`, `RNTO ${name}`), [350, 250])
  const changes = renames().filter((op) => op !== 'HeadObject')
  assert.deepEqual(changes, ['CompleteMultipartUpload', 'CompleteMultipartUpload'])
  assert.deepEqual(await ada.codes('RNFR other.tmp', 'RNTO elsewhere'), [350, 250])
  assert.deepEqual(held(double).objects, { 'in/small': 5, 'in/large': body.length, 'in/elsewhere': body.length })
  for (const name of ['large', 'elsewhere']) assert.ok(double.bucket.objects.get(`in/${name}`)?.body.equals(body))
  assert.deepEqual(held(double).unfinished, [])
  second.signal('SIGTERM')
  assert.equal(await second.exited, 0)
})
