import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf, bucketOn, held } from '../helpers/bucket-storage.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import type { GatewaySettings } from '../helpers/gateway-configuration.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'
import { until } from '../helpers/until.ts'

// Clients that upload `x.tmp` and rename it to `x`: no copy, nothing to see in between but for their account.

const old = 'the old file, byte for byte'
/** Two parts, and what is too little for one. */
const large = randomBytes(11 * 1024 ** 2)

interface Opened {
  readonly double: ObjectStoreDouble
  readonly server: GatewayUnderTest
  readonly client: RawClient
}

async function open(
  t: TestContext,
  {
    kind = 's3',
    account = {},
    ...settings
  }: GatewaySettings & { readonly kind?: 's3' | 'cos'; readonly account?: object } = {},
): Promise<Opened> {
  const double = await objectStoreDouble(t, { kind })
  const mounts = [{ storage: 'bucket' }]
  const server = await gateway(t, {
    ...{ kinds: ['none'], memory: '40 MiB', storages: { bucket: bucketOf(double) } },
    accounts: [
      { name: 'ada', mounts, ...account },
      { name: 'bob', mounts },
    ],
    ...settings,
  })
  return { double, server, client: await loggedIn(server) }
}

const bytesAt = ({ bucket }: ObjectStoreDouble, key: string) => bucket.objects.get(key)?.body ?? null
const textAt = (double: ObjectStoreDouble, key: string) => bytesAt(double, key)?.toString() ?? null
const names = async (client: RawClient, line = 'NLST') =>
  (await client.download(line)).bytes
    .toString()
    .split('\r\n')
    .filter((name) => name !== '')

for (const kind of ['s3', 'cos'] as const) {
  test(`a small upload and its rename are three requests, none of them a copy (${kind})`, async (t) => {
    const { double, client } = await open(t, { kind })
    const requests = asked(double)
    assert.match((await client.upload('STOR report.pdf.filepart', 'content')).text, /^Stored 7 bytes; CRC64/)
    assert.deepEqual(held(double).objects, {})
    assert.deepEqual(await client.codes('RNFR report.pdf.filepart', 'RNTO report.pdf'), [350, 250])
    assert.deepEqual(requests(), ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'])
    assert.deepEqual(held(double), { objects: { 'report.pdf': 7 }, unfinished: [] })
    assert.equal((await client.download('RETR report.pdf')).bytes.toString(), 'content')
    assert.deepEqual(await names(client), ['report.pdf'])
  })

  test(`a large upload and its rename are its parts and two requests more (${kind})`, async (t) => {
    const { double, client } = await open(t, { kind })
    const requests = asked(double)
    assert.equal((await client.upload('STOR video.part', large)).code, 226)
    assert.deepEqual(await client.codes('RNFR video.part', 'RNTO video'), [350, 250])
    const others = requests().filter((op) => op !== 'UploadPart')
    assert.deepEqual(others, ['CreateMultipartUpload', 'CompleteMultipartUpload'])
    assert.ok(requests().length - others.length >= 2)
    assert.ok(bytesAt(double, 'video')?.equals(large))
  })
}

test('an empty upload waits in the journal alone', async (t) => {
  const { double, client } = await open(t)
  const requests = asked(double)
  assert.equal((await client.upload('STOR flag.tmp', '')).code, 226)
  assert.deepEqual(await client.codes('SIZE flag.tmp', 'SIZE flag'), [213, 550])
  assert.deepEqual(await client.codes('RNFR flag.tmp', 'RNTO flag'), [350, 250])
  assert.deepEqual(
    requests().filter((op) => op !== 'HeadObject'),
    ['PutObject'],
  )
  assert.deepEqual(held(double), { objects: { flag: 0 }, unfinished: [] })
})

test('until its rename its account sees it, in every session, and nobody else does', async (t) => {
  const { double, server, client } = await open(t)
  assert.equal((await client.command('MKD in')).code, 257)
  assert.equal((await client.upload('STOR in/a', 'x')).code, 226)
  assert.equal((await client.upload('STOR in/b.tmp', 'content')).code, 226)
  assert.equal((await client.upload('STOR in/c', 'x')).code, 226)
  const again = await loggedIn(server)
  const requests = asked(double)
  assert.equal((await again.command('SIZE in/b.tmp')).text, '7')
  assert.match((await again.command('MDTM in/b.tmp')).text, /^\d{14}$/)
  assert.match((await again.command('MLST in/b.tmp')).lines.join('\n'), /type=file;.*size=7;.* \/in\/b\.tmp/)
  assert.deepEqual(requests(), [])
  assert.deepEqual(await names(again, 'NLST in'), ['in/a', 'in/b.tmp', 'in/c'])
  assert.match((await again.download('LIST in')).bytes.toString(), / 7 .* b\.tmp\r\n/)
  assert.match((await again.download('MLSD in')).bytes.toString(), /size=7;.* b\.tmp\r\n/)
  assert.equal((await again.command('RMD in')).code, 550)

  const bob = await loggedIn(server, 'none', { name: 'bob' })
  assert.deepEqual(await names(bob, 'NLST in'), ['in/a', 'in/c'])
  assert.deepEqual(
    await bob.codes('SIZE in/b.tmp', 'SIZE in/b', 'RNFR in/b.tmp', 'DELE in/b.tmp'),
    [550, 550, 550, 550],
  )
  assert.deepEqual(await client.codes('RNFR in/b.tmp', 'RNTO in/b'), [350, 250])
  assert.equal((await bob.download('RETR in/b')).bytes.toString(), 'content')
})

test('the old file stays until the rename, and is replaced by it', async (t) => {
  const { double, client } = await open(t)
  assert.equal((await client.upload('STOR report', old)).code, 226)
  const requests = asked(double)
  assert.equal((await client.upload('STOR report.tmp', 'new')).code, 226)
  assert.equal(textAt(double, 'report'), old)
  assert.deepEqual(await client.codes('RNFR report.tmp', 'RNTO report'), [350, 250])
  assert.deepEqual(requests(), ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'])
  assert.equal(textAt(double, 'report'), 'new')
})

test('a rename to another name is like any other', async (t) => {
  const { double, client } = await open(t)
  assert.equal((await client.command('MKD done')).code, 257)
  assert.equal((await client.upload('STOR a.tmp', 'content')).code, 226)
  assert.deepEqual(await client.codes('RNFR a.tmp', 'RNTO done/a'), [350, 250])
  assert.deepEqual(held(double), { objects: { 'done/': 0, 'done/a': 7 }, unfinished: [] })
  assert.equal(textAt(double, 'done/a'), 'content')
  assert.deepEqual(await client.codes('SIZE a.tmp', 'SIZE a', 'SIZE done/a'), [550, 550, 213])
  assert.equal((await client.upload('STOR b.tmp', large)).code, 226)
  assert.deepEqual(await client.codes('RNFR b.tmp', 'RNTO missing/b'), [350, 550])
  assert.equal((await client.command('SIZE b.tmp')).text, String(large.length))
  assert.deepEqual(await client.codes('RNFR b.tmp', 'RNTO c.tmp', 'RNFR c.tmp', 'RNTO d'), [350, 250, 350, 250])
  assert.ok(bytesAt(double, 'd')?.equals(large))
  assert.deepEqual(Object.keys(held(double).objects).toSorted(), ['d', 'done/', 'done/a'])
})

test('what stands under the foreseen name is never touched for a rename to another', async (t) => {
  const { double, client } = await open(t)
  assert.equal((await client.upload('STOR report', old)).code, 226)
  assert.equal((await client.upload('STOR report.tmp', 'new')).code, 226)
  for (const line of ['RNTO elsewhere', 'RNTO report.pdf']) {
    assert.deepEqual(await client.codes('RNFR report.tmp', line), [350, 450])
    assert.equal(textAt(double, 'report'), old)
  }
  assert.equal((await client.download('RETR report.tmp')).reply.code, 450)
  assert.equal(textAt(double, 'report'), old)
  assert.deepEqual(
    await client.codes('SIZE report.tmp', 'RNFR report', 'RNTO kept', 'RNFR report.tmp', 'RNTO x'),
    [213, 350, 250, 350, 250],
  )
  assert.deepEqual([textAt(double, 'kept'), textAt(double, 'x'), textAt(double, 'report')], [old, 'new', null])
})

test('what is read, hashed or added to under its temporary name becomes a file there', async (t) => {
  const { double, client } = await open(t)
  assert.equal((await client.upload('STOR a.tmp', 'content')).code, 226)
  const requests = asked(double)
  assert.match(
    (await client.command('XSHA256 a.tmp')).text,
    /ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73/i,
  )
  assert.deepEqual(requests(), [])
  assert.equal((await client.download('RETR a.tmp')).bytes.toString(), 'content')
  assert.deepEqual(held(double), { objects: { 'a.tmp': 7 }, unfinished: [] })
  assert.equal((await client.upload('STOR b.tmp', 'one ')).code, 226)
  assert.equal((await client.upload('APPE b.tmp', 'two ')).code, 226)
  assert.deepEqual(await client.codes('REST 8'), [350])
  assert.equal((await client.upload('STOR b.tmp', 'three')).code, 226)
  assert.deepEqual(await client.codes('RNFR b.tmp', 'RNTO b', 'RNFR a.tmp', 'RNTO a'), [350, 250, 350, 250])
  assert.deepEqual([textAt(double, 'a'), textAt(double, 'b')], ['content', 'one two three'])
  assert.deepEqual(held(double), { objects: { a: 7, b: 13 }, unfinished: [] })
})

test('a new upload of the name replaces the one that waits, and DELE removes it', async (t) => {
  const { double, client } = await open(t)
  assert.equal((await client.upload('STOR a.tmp', 'first')).code, 226)
  assert.equal((await client.upload('STOR a.tmp', 'second')).code, 226)
  assert.deepEqual(held(double), { objects: {}, unfinished: ['a'] })
  assert.deepEqual(await client.codes('DELE a.tmp', 'DELE a.tmp', 'SIZE a.tmp'), [250, 550, 550])
  assert.deepEqual(held(double), { objects: {}, unfinished: [] })
})

test('a time set while it waits goes with the file', async (t) => {
  const { client } = await open(t)
  assert.equal((await client.upload('STOR a.tmp', 'content')).code, 226)
  assert.equal((await client.command('MFMT 20200102030405 a.tmp')).code, 213)
  assert.equal((await client.command('MDTM a.tmp')).text, '20200102030405')
  assert.deepEqual(await client.codes('RNFR a.tmp', 'RNTO a'), [350, 250])
  assert.equal((await client.command('MDTM a')).text, '20200102030405')
})

test('without `overwrite` the old file stays, whichever way', async (t) => {
  const permissions = ['list', 'read', 'write', 'rename']
  const { double, server, client } = await open(t, { account: { permissions } })
  const bob = await loggedIn(server, 'none', { name: 'bob' })
  assert.equal((await bob.upload('STOR there', old)).code, 226)
  assert.equal((await client.upload('STOR there.tmp', 'new')).code, 226)
  assert.deepEqual(await client.codes('RNFR there.tmp', 'RNTO there'), [350, 550])
  assert.deepEqual(await client.codes('RNFR there.tmp', 'RNTO other'), [350, 250])
  assert.equal((await client.upload('STOR late.tmp', 'new')).code, 226)
  assert.equal((await client.transfer('STOR late.tmp')).reply.code, 550)
  assert.equal((await bob.upload('STOR late', old)).code, 226)
  assert.deepEqual(await client.codes('RNFR late.tmp', 'RNTO late', 'SIZE late.tmp'), [350, 550, 213])
  assert.deepEqual([textAt(double, 'there'), textAt(double, 'other'), textAt(double, 'late')], [old, 'new', old])
})

test('without `rename`, and where no names are temporary, a file has the name it came with', async (t) => {
  for (const settings of [
    { account: { permissions: ['list', 'read', 'write'] } },
    { uploads: { temporaryNames: [] } },
  ]) {
    const { double, client } = await open(t, settings)
    assert.equal((await client.upload('STOR a.tmp', 'content')).code, 226)
    assert.deepEqual(held(double), { objects: { 'a.tmp': 7 }, unfinished: [] })
  }
})

test('names in front as lftp makes them, and others that are configured', async (t) => {
  const { double, client } = await open(t, { uploads: { temporaryNames: ['.in.*', '~*.new'] } })
  for (const name of ['.in.a', '~b.new', 'c.tmp']) assert.equal((await client.upload(`STOR ${name}`, name)).code, 226)
  assert.deepEqual(held(double), { objects: { 'c.tmp': 5 }, unfinished: ['a', 'b'] })
  assert.deepEqual(await client.codes('RNFR .in.a', 'RNTO a', 'RNFR ~b.new', 'RNTO b'), [350, 250, 350, 250])
  assert.deepEqual(held(double), { objects: { a: 5, b: 6, 'c.tmp': 5 }, unfinished: [] })
})

test('a folder is renamed and removed with what waits in it', async (t) => {
  const { double, client } = await open(t)
  assert.deepEqual(await client.codes('MKD d', 'MKD d/e'), [257, 257])
  assert.equal((await client.upload('STOR d/e/a.tmp', 'content')).code, 226)
  assert.deepEqual(await client.codes('RNFR d', 'RNTO moved', 'SIZE moved/e/a.tmp'), [350, 250, 213])
  assert.deepEqual(await client.codes('RNFR moved/e/a.tmp', 'RNTO moved/a'), [350, 250])
  assert.equal(textAt(double, 'moved/a'), 'content')
  assert.equal((await client.upload('STOR moved/e/b.tmp', 'content')).code, 226)
  assert.equal((await client.command('RMDA moved')).code, 250)
  assert.deepEqual(held(double), { objects: {}, unfinished: [] })
})

test('what waits counts in the quota', async (t) => {
  const { client } = await open(t, { account: { quota: '10 B' } })
  assert.equal((await client.upload('STOR a.tmp', '1234567')).code, 226)
  assert.equal((await client.upload('STOR b', '1234')).code, 552)
  assert.deepEqual(await client.codes('RNFR a.tmp', 'RNTO a'), [350, 250])
  assert.equal((await client.upload('STOR b', '123')).code, 226)
  assert.deepEqual(await client.codes('DELE a'), [250])
  assert.equal((await client.upload('STOR c.tmp', '1234567')).code, 226)
  assert.deepEqual(await client.codes('DELE c.tmp'), [250])
  assert.equal((await client.upload('STOR d', '1234567')).code, 226)
})

for (const [policy, size, unfinished] of [
  ['discard', 550, 0],
  ['resume', 213, 1],
  ['publish', 213, 1],
] as const) {
  test(`an upload under a temporary name that is cut: ${policy}`, async (t) => {
    const { double, server, client } = await open(t, { account: { incompleteUploads: policy } })
    assert.equal((await client.upload('STOR a', old)).code, 226)
    const parts = asked(double)
    const { data } = await client.transfer('STOR a.part')
    data.on('error', () => {})
    data.write(large)
    await until('two parts are stored', () => parts().filter((op) => op === 'UploadPart').length === 2)
    await until('they are acknowledged', () => double.open === 0)
    data.resetAndDestroy()
    await client.reply()
    const again = await loggedIn(server)
    const reply = await again.command('SIZE a.part')
    assert.equal(reply.code, size)
    assert.equal(held(double).unfinished.length, unfinished)
    assert.equal(textAt(double, 'a'), old)
    if (policy === 'resume') {
      assert.deepEqual(await again.codes(`REST ${reply.text}`), [350])
      assert.equal((await again.upload('STOR a.part', large.subarray(Number(reply.text)))).code, 226)
    } else assert.equal((await again.upload('STOR a.part', large)).code, 226)
    assert.equal(textAt(double, 'a'), old)
    const rename = asked(double)
    assert.deepEqual(await again.codes('RNFR a.part', 'RNTO a'), [350, 250])
    assert.deepEqual(rename(), ['CompleteMultipartUpload'])
    assert.ok(bytesAt(double, 'a')?.equals(large))
    assert.deepEqual(held(double).unfinished, [])
  })
}

test('a rename whose answer is lost has happened, and one that fails can be made again', async (t) => {
  const { double, client } = await open(t)
  assert.equal((await client.upload('STOR a.tmp', 'content')).code, 226)
  double.rules.add({ op: 'CompleteMultipartUpload', count: 1, fault: { kind: 'drop-response' } })
  assert.deepEqual(await client.codes('RNFR a.tmp', 'RNTO a'), [350, 250])
  assert.equal((await client.upload('STOR b.tmp', 'content')).code, 226)
  const rule = { op: 'CompleteMultipartUpload', fault: { kind: 'error', status: 403, code: 'AccessDenied' } } as const
  double.rules.add({ ...rule, count: 1 })
  assert.deepEqual(await client.codes('RNFR b.tmp', 'RNTO b', 'SIZE b.tmp'), [350, 550, 213])
  assert.deepEqual(await client.codes('RNFR b.tmp', 'RNTO b', 'SIZE b.tmp'), [350, 250, 550])
  assert.deepEqual(held(double), { objects: { a: 7, b: 7 }, unfinished: [] })
})

test('what the store has lost is no longer shown, and the log says so', async (t) => {
  const { double, server, client } = await open(t)
  assert.equal((await client.upload('STOR a.tmp', 'content')).code, 226)
  double.bucket.uploads.clear()
  assert.deepEqual(await client.codes('RNFR a.tmp', 'RNTO a', 'SIZE a.tmp'), [350, 550, 550])
  assert.ok(server.log.some(({ level, message }) => level === 'error' && message.includes('lost')))
})

if (hasRealS3())
  test('a real server: foreseen and other renames, small and large', async (t) => {
    const server = await gateway(t, {
      ...{ kinds: ['none'], memory: '40 MiB', storages: { bucket: bucketOn(await realS3()) } },
      accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
    })
    const client = await loggedIn(server)
    for (const body of [Buffer.alloc(0), Buffer.from('content'), large]) {
      for (const name of ['foreseen', 'other']) {
        assert.equal((await client.upload('STOR foreseen.tmp', body)).code, 226)
        assert.deepEqual(await client.codes('RNFR foreseen.tmp', `RNTO ${name}`), [350, 250])
        assert.ok((await client.download(`RETR ${name}`)).bytes.equals(body))
        assert.equal((await client.command(`DELE ${name}`)).code, 250)
        assert.deepEqual(await names(client), [])
      }
    }
  })
