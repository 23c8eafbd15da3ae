import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asked, bucketOf, bucketOn, held } from '../helpers/bucket-storage.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'
import { served } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

const anHourAgo = new Date(Date.now() - 3_600_000)

/** A folder of so many files, put there by others. */
function fill({ bucket }: ObjectStoreDouble, folder: string, files: number): void {
  for (let i = 0; i < files; i++) {
    const body = Buffer.from(`content ${i}`)
    const there = { etag: `etag-${i}`, modified: anHourAgo, headers: {}, crc: null, body }
    bucket.objects.set(`${folder}/file-${String(i).padStart(5, '0')}`, there)
  }
}

function keysBelow({ bucket }: ObjectStoreDouble, folder: string): number {
  let count = 0
  for (const key of bucket.objects.keys()) if (key.startsWith(`${folder}/`)) count++
  return count
}

const slow = (milliseconds = 20) => ({ op: 'CopyObject', fault: { kind: 'delay', milliseconds } }) as const

const settings = (double: ObjectStoreDouble) => ({
  kinds: ['none'] as const,
  storages: { bucket: bucketOf(double) },
  accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
})

const operationsHeld = ({ log }: GatewayUnderTest, message: string) =>
  log.filter((record) => record.message === message).length

for (const kind of ['s3', 'cos'] as const) {
  test(`a folder is renamed and removed with all it holds (${kind})`, async (t) => {
    const double = await objectStoreDouble(t, { kind })
    fill(double, 'a', 1001)
    const client = await loggedIn(await gateway(t, settings(double)))
    assert.deepEqual(await client.codes('RNFR a', 'RNTO b', 'CWD a', 'CWD b', 'CDUP'), [350, 250, 550, 250, 200])
    assert.equal((await client.download('NLST b')).bytes.toString().split('\r\n').length, 1002)
    assert.deepEqual([keysBelow(double, 'a'), keysBelow(double, 'b')], [0, 1001])
    const removal = asked(double)
    const { code, text } = await client.command('RMDA b')
    assert.deepEqual([code, text], [250, 'Removed with all it held (1001).'])
    assert.equal(removal().filter((op) => op === 'DeleteObjects').length, 2)
    assert.deepEqual(held(double).objects, {})
    assert.equal((await client.command('CWD b')).code, 550)
  })
}

test('STAT tells how far a rename is, NOOP is answered, and the idle timer lets it be', async (t) => {
  const double = await objectStoreDouble(t)
  fill(double, 'a', 1500)
  double.rules.add(slow())
  const server = await gateway(t, { ...settings(double), limits: { idleTimeout: '1s' } })
  const client = await loggedIn(server)
  assert.equal((await client.command('RNFR a')).code, 350)
  client.send('RNTO b')
  await until('copies are made', () => keysBelow(double, 'b') > 200)
  client.send('STAT')
  const { code, lines } = await client.reply()
  assert.equal(code, 211)
  const line = lines.find((text) => text.includes('Renaming')) ?? ''
  assert.match(line, /^ Renaming \/a to \/b: [\d,]+ of about 1,500 objects copied\.$/)
  client.send('NOOP')
  assert.equal((await client.reply()).code, 200)
  // Longer than the idle time-out, without a word from the client.
  assert.equal((await client.reply()).code, 250)
  assert.equal(
    (await client.command('STAT')).lines.some((text) => text.includes('Renaming')),
    false,
  )
  assert.deepEqual([keysBelow(double, 'a'), keysBelow(double, 'b')], [0, 1500])
})

test('ABOR while files are copied says that nothing was renamed, and nothing was', async (t) => {
  const double = await objectStoreDouble(t)
  fill(double, 'a', 1500)
  double.rules.add(slow())
  const client = await loggedIn(await gateway(t, settings(double)))
  assert.equal((await client.command('RNFR a')).code, 350)
  client.send('RNTO b')
  await until('copies are made', () => keysBelow(double, 'b') > 100)
  client.send('ABOR')
  const { code, text } = await client.reply()
  assert.deepEqual([code, text], [426, '/a: It was not renamed; all is as it was.'])
  assert.equal((await client.reply()).code, 226)
  assert.deepEqual([keysBelow(double, 'a'), keysBelow(double, 'b')], [1500, 0])
  assert.deepEqual(await client.codes('CWD b', 'CWD a'), [550, 250])
})

test('a client that goes away in the middle has its folder renamed all the same; meanwhile nobody changes it', async (t) => {
  const double = await objectStoreDouble(t)
  fill(double, 'a', 500)
  double.rules.add(slow())
  const server = await gateway(t, settings(double))
  const [client, other] = [await loggedIn(server), await loggedIn(server)]
  assert.equal((await client.command('RNFR a')).code, 350)
  client.send('RNTO b')
  await until('copies are made', () => keysBelow(double, 'b') > 100)
  assert.equal((await other.command('DELE a/file-00000')).code, 450)
  assert.equal((await other.command('MKD b/new')).code, 450)
  client.socket.destroy()
  await until('it is renamed', () => operationsHeld(server, 'folder renamed') === 1)
  assert.deepEqual([keysBelow(double, 'a'), keysBelow(double, 'b')], [0, 500])
  assert.equal((await other.command('MKD b/new')).code, 257)
})

for (const workers of [1, 2]) {
  test(`kill -9 in mid rename and in mid removal: the next start ends both (workers: ${workers})`, async (t) => {
    const double = await objectStoreDouble(t)
    fill(double, 'a', 2001)
    fill(double, 'c', 2001)
    double.rules.add(slow(5))
    double.rules.add({ op: 'DeleteObjects', nth: 3, fault: { kind: 'stall' } })
    const place = served(t, { ...settings(double), workers, log: { level: 'info', format: 'json' } })
    const first = await place.start()
    const [client, other] = [await loggedIn(first, 'none'), await loggedIn(first, 'none')]
    for (const { socket } of [client, other]) socket.on('error', () => {})
    assert.equal((await client.command('RNFR a')).code, 350)
    client.send('RNTO b')
    other.send('RMDA c')
    await until('both are half done', () => keysBelow(double, 'b') > 1100 && keysBelow(double, 'c') === 1)
    first.signal('SIGKILL')
    await first.exited
    await until('nothing is under way', () => double.open <= 1)
    assert.equal(keysBelow(double, 'a'), 2001)
    double.rules.clear()
    const copies = asked(double)
    const second = await place.start()
    await until('both are done', () => keysBelow(double, 'a') === 0 && keysBelow(double, 'c') === 0)
    assert.equal(keysBelow(double, 'b'), 2001)
    // What was copied and noted is not copied again.
    assert.ok(copies().filter((op) => op === 'CopyObject').length <= 1001)
    await second.logged('folder renamed')
    await second.logged('folder removed')
    const after = await loggedIn(second, 'none')
    assert.deepEqual(await after.codes('CWD a', 'CWD c', 'CWD b'), [550, 550, 250])
    second.signal('SIGTERM')
    assert.equal(await second.exited, 0)
  })
}

if (hasRealS3())
  test('a folder of thousands is renamed and removed on a real S3 server', async (t) => {
    const server = await realS3()
    const gatewayUnderTest = await gateway(t, {
      ...{ kinds: ['none'], storages: { bucket: bucketOn(server) } },
      accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
    })
    const client = await loggedIn(gatewayUnderTest)
    assert.deepEqual(await client.codes('MKD a', 'MKD a/empty', 'MKD a/sub'), [257, 257, 257])
    // More than a page; Swift deletes one after the other, and takes its time.
    const files = server.dialect === 'swift' ? 300 : 1100
    const senders = await Promise.all(Array.from({ length: 8 }, () => loggedIn(gatewayUnderTest)))
    const send = async (sender: RawClient, from: number) => {
      for (let i = from; i < files; i += senders.length)
        assert.equal((await sender.upload(`STOR a/sub/f${i}`, `content ${i}`)).code, 226)
    }
    await Promise.all(senders.map(send))
    assert.deepEqual(await client.codes('RNFR a', 'RNTO b', 'CWD a', 'CWD b/empty', 'CWD /b/sub'), [
      ...[350, 250, 550, 250, 250],
    ])
    assert.equal((await client.download('NLST')).bytes.toString().split('\r\n').length - 1, files)
    assert.equal((await client.download('RETR f299')).bytes.toString(), 'content 299')
    assert.deepEqual(await client.codes('CWD /', 'RMDA b', 'CWD b'), [250, 250, 550])
    assert.equal((await client.download('NLST')).bytes.toString(), '')
  })
