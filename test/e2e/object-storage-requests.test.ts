import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf } from '../helpers/bucket-storage.ts'
import { gateway } from '../helpers/gateway.ts'
import { patternBytes } from '../helpers/lending-body.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'

// What one operation may cost: each request is money, and a round trip.

interface Opened {
  readonly double: ObjectStoreDouble
  readonly client: RawClient
  /** A client of another gateway on the same bucket, which knows nothing of what the first has done. */
  readonly stranger: RawClient
}

async function open(t: TestContext, kind: 's3' | 'cos'): Promise<Opened> {
  const double = await objectStoreDouble(t, { kind })
  const clients: RawClient[] = []
  for (let i = 0; i < 2; i++) {
    const server = await gateway(t, {
      kinds: ['none'],
      storages: { bucket: bucketOf(double) },
      accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
    })
    clients.push(await loggedIn(server))
  }
  const [client, stranger] = clients
  assert.ok(client && stranger)
  return { double, client, stranger }
}

for (const kind of ['s3', 'cos'] as const) {
  test(`requests for each operation on a file (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    const stor = asked(double)
    assert.equal((await client.upload('STOR a', 'content')).code, 226)
    assert.deepEqual(stor(), ['PutObject'])
    const retr = asked(double)
    assert.equal((await stranger.download('RETR a')).bytes.toString(), 'content')
    assert.deepEqual(retr(), ['GetObject'])
    const size = asked(double)
    assert.equal((await stranger.command('SIZE a')).text, '7')
    assert.deepEqual(size(), ['HeadObject'])
    const mdtm = asked(double)
    assert.equal((await stranger.command('MDTM a')).code, 213)
    assert.deepEqual(mdtm(), ['HeadObject'])
    const missing = asked(double)
    assert.equal((await stranger.command('SIZE missing')).code, 550)
    assert.deepEqual(missing(), ['HeadObject'])
    // A delete alone answers the same whether something was there or not.
    const dele = asked(double)
    assert.equal((await stranger.command('DELE a')).code, 250)
    assert.deepEqual(dele(), ['HeadObject', 'DeleteObject'])
    assert.equal((await stranger.command('DELE a')).code, 550)
  })

  test(`a file that was stored, read or asked for is renamed by a copy and a delete (${kind})`, async (t) => {
    const { double, client } = await open(t, kind)
    assert.equal((await client.upload('STOR a.old', 'content')).code, 226)
    const rename = asked(double)
    assert.deepEqual(await client.codes('RNFR a.old', 'RNTO a'), [350, 250])
    assert.deepEqual(rename(), ['CopyObject', 'DeleteObject'])
    const again = asked(double)
    assert.deepEqual(await client.codes('RNFR a', 'RNTO b'), [350, 250])
    assert.deepEqual(again(), ['CopyObject', 'DeleteObject'])
    assert.deepEqual([...double.bucket.objects.keys()], ['b'])
  })

  test(`a time that is announced goes with the file, and costs no copy, also when it is said again (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    const announcements = [
      'MFMT 20200102030405',
      'MFF Modify=20200102030405;',
      'MDTM 20200102030405',
      'SITE UTIME 20200102030405',
    ]
    for (const [index, command] of announcements.entries()) {
      const name = `f${index}`
      assert.equal((await client.command(`${command} ${name}`)).code, 550)
      const stor = asked(double)
      assert.equal((await client.upload(`STOR ${name}`, 'content')).code, 226)
      assert.deepEqual(stor(), ['PutObject'])
      assert.equal((await stranger.command(`MDTM ${name}`)).text, '20200102030405')
      const again = asked(double)
      assert.equal((await client.command(`MFMT 20200102030405 ${name}`)).code, 213)
      assert.deepEqual(again(), ['HeadObject'])
    }
    const parts = patternBytes(12_000_000)
    assert.equal((await client.command('MFMT 20200102030405 long')).code, 550)
    assert.equal((await client.upload('STOR long', parts)).code, 226)
    assert.equal((await stranger.command('MDTM long')).text, '20200102030405')
  })

  test(`a file that nobody has seen is looked at once, so that RNFR tells the truth (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    assert.equal((await client.upload('STOR a', 'content')).code, 226)
    const rename = asked(double)
    assert.deepEqual(await stranger.codes('RNFR a', 'RNTO b'), [350, 250])
    assert.deepEqual(rename(), ['HeadObject', 'CopyObject', 'DeleteObject'])
    assert.equal((await stranger.command('RNFR a')).code, 550)
  })

  test(`a file that another has replaced since it was seen is moved as it is now (${kind})`, async (t) => {
    const { client, stranger } = await open(t, kind)
    assert.equal((await client.upload('STOR a', 'content')).code, 226)
    assert.equal((await stranger.upload('STOR a', 'newer content')).code, 226)
    assert.deepEqual(await client.codes('RNFR a', 'RNTO b'), [350, 250])
    assert.equal((await client.download('RETR b')).bytes.toString(), 'newer content')
    assert.equal((await client.command('DELE a')).code, 550)
  })

  test(`a file that another has removed since it was seen cannot be moved (${kind})`, async (t) => {
    const { client, stranger } = await open(t, kind)
    assert.equal((await client.upload('STOR a', 'content')).code, 226)
    assert.equal((await stranger.command('DELE a')).code, 250)
    client.send('RNFR a')
    if ((await client.reply()).code === 350) assert.equal((await client.command('RNTO b')).code, 550)
    assert.equal((await client.command('SIZE b')).code, 550)
  })

  test(`a folder of a thousand files is entered and listed by one request each (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    assert.equal((await client.command('MKD folder')).code, 257)
    const there = { etag: 'a', modified: new Date(), headers: {}, crc: null, body: Buffer.from('x') }
    for (let i = 0; i < 1000; i++) double.bucket.objects.set(`folder/file-${i}`, there)
    const enter = asked(double)
    assert.deepEqual(await stranger.codes('CWD folder', 'PWD'), [250, 257])
    assert.deepEqual(enter(), ['ListObjects'])
    for (const command of ['LIST', 'MLSD', 'NLST']) {
      const list = asked(double)
      const { reply, bytes } = await stranger.download(command)
      assert.equal(reply.code, 226)
      assert.equal(bytes.toString().split('\r\n').length - 1, command === 'MLSD' ? 1001 : 1000)
      assert.deepEqual(list(), ['ListObjects'], command)
    }
    const stor = asked(double)
    assert.equal((await stranger.upload('STOR another', 'x')).code, 226)
    assert.deepEqual(stor(), ['PutObject'])
  })
}

test('folders bear the time of their marker, and others one that stays, never 1970', async (t) => {
  const { double, client } = await open(t, 's3')
  const there = { etag: 'a', modified: new Date(), headers: {}, crc: null, body: Buffer.from('x') }
  double.bucket.objects.set('implied/file', there)
  assert.equal((await client.command('MKD made')).code, 257)
  const first = (await client.download('LIST')).bytes.toString()
  assert.match(first, / implied\r\n.* made\r\n$/s)
  assert.doesNotMatch(first, /1970/)
  assert.equal((await client.download('LIST')).bytes.toString(), first)
  const facts = (await client.download('MLSD')).bytes.toString()
  assert.match(facts, /modify=\d{14}\S* made/)
  assert.doesNotMatch(facts, /modify=1970|modify=\d{14}\S* implied/)
})
