import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type net from 'node:net'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf, bucketOn, held, sentBytes } from '../helpers/bucket-storage.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import type { GatewaySettings, ListenerKind } from '../helpers/gateway-configuration.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'
import { until } from '../helpers/until.ts'

const mib = 1024 ** 2
const old = 'the old file, byte for byte'
/** So little that parts are as short as the store takes them. */
const memory = '40 MiB'
const partBytes = 5 * mib
/** Two parts, and what is too little for one. */
const body = randomBytes(11 * mib)

interface Opened {
  readonly double: ObjectStoreDouble
  readonly server: GatewayUnderTest
}

interface OpenOptions {
  readonly kind?: 's3' | 'cos'
  readonly listener?: ListenerKind
  readonly policy?: 'discard' | 'resume' | 'publish'
  readonly settings?: GatewaySettings
}

async function open(
  t: TestContext,
  { kind = 's3', listener = 'none', policy, settings }: OpenOptions = {},
): Promise<Opened> {
  const double = await objectStoreDouble(t, { kind })
  const account = { mounts: [{ storage: 'bucket' }], ...(policy && { incompleteUploads: policy }) }
  const server = await gateway(t, {
    kinds: [listener],
    storages: { bucket: bucketOf(double) },
    accounts: [
      { name: 'ada', ...account },
      { name: 'bob', ...account },
    ],
    memory,
    ...settings,
  })
  return { double, server }
}

/** What an account reads back. */
async function content(client: RawClient, name: string): Promise<Buffer> {
  const { reply, bytes } = await client.download(`RETR ${name}`)
  assert.equal(reply.code, 226, reply.text)
  return bytes
}

for (const kind of ['s3', 'cos'] as const) {
  test(`a small upload is one PUT, a long one parts, and an empty one an object (${kind})`, async (t) => {
    const { double, server } = await open(t, { kind })
    const client = await loggedIn(server)
    const small = asked(double)
    assert.equal((await client.upload('STOR small', 'small')).code, 226)
    assert.deepEqual(small(), ['PutObject'])
    assert.equal((await client.upload('STOR empty', '')).code, 226)
    const long = asked(double)
    assert.equal((await client.upload('STOR long', body)).code, 226)
    const [create, ...rest] = long()
    assert.deepEqual([create, rest.pop()], ['CreateMultipartUpload', 'CompleteMultipartUpload'])
    assert.ok(rest.length > 1 && rest.every((op) => op === 'UploadPart'), rest.join(' '))
    assert.deepEqual(held(double), { objects: { small: 5, empty: 0, long: body.length }, unfinished: [] })
    assert.ok(double.bucket.objects.get('long')?.body.equals(body))
    assert.ok((await content(client, 'long')).equals(body))
    assert.equal((await content(client, 'empty')).length, 0)
  })
}

type Cut = (client: RawClient, data: net.Socket) => Promise<void> | void

/** Raw socket under a TLS one. */
const below = (data: net.Socket): net.Socket => (data as unknown as { _parent?: net.Socket })._parent ?? data

const cuts: Readonly<
  Record<string, { readonly act: Cut; readonly codes: readonly number[]; readonly listener: ListenerKind }>
> = {
  'the data connection is reset': {
    act: (_client, data) => void below(data).resetAndDestroy(),
    codes: [426],
    listener: 'none',
  },
  'TCP ends without close_notify': {
    act: (_client, data) => void below(data).end(),
    codes: [426],
    listener: 'implicit',
  },
  'the client sends ABOR': { act: (client) => client.send('ABOR'), codes: [426, 226], listener: 'none' },
  'the control connection is lost': {
    act: (client) => void below(client.socket).resetAndDestroy(),
    codes: [],
    listener: 'none',
  },
}

/** Sends all of it, and waits until the whole parts stand in the store. */
async function halfAnUpload(double: ObjectStoreDouble, client: RawClient, line: string): Promise<net.Socket> {
  const parts = asked(double)
  const { reply, data } = await client.transfer(line)
  assert.equal(reply.code, 150)
  data.resume()
  data.write(body)
  await until('two parts are stored', () => parts().filter((op) => op === 'UploadPart').length === 2)
  await until('they are acknowledged', () => double.open === 0)
  return data
}

const transfers = (server: GatewayUnderTest): number =>
  server.log.filter(({ message }) => message === 'transfer').length

for (const [what, { act, codes, listener }] of Object.entries(cuts)) {
  for (const policy of ['discard', 'resume', 'publish'] as const) {
    test(`${what} in a long upload: ${policy}`, async (t) => {
      const { double, server } = await open(t, { listener, policy })
      const first = await loggedIn(server, listener)
      assert.equal((await first.upload('STOR old', old)).code, 226)
      for (const name of ['new', 'old']) {
        const before = transfers(server)
        const client = await loggedIn(server, listener)
        const data = await halfAnUpload(double, client, `STOR ${name}`)
        await act(client, data)
        const expected = policy === 'publish' && codes.length === 1 ? [226] : codes
        for (const code of expected) assert.equal((await client.reply()).code, code)
        await until('the upload is settled', () => transfers(server) > before)
      }
      const there = held(double)
      if (policy === 'publish') {
        // Everything that came is there, under its name: the account wants it so.
        assert.deepEqual(Object.keys(there.objects), ['old', 'new'])
        assert.deepEqual(there.unfinished, [])
        assert.ok(Object.values(there.objects).every((bytes) => bytes >= 2 * partBytes && bytes <= body.length))
        return
      }
      assert.deepEqual(there.objects, { old: old.length })
      assert.equal((await content(first, 'old')).toString(), old)
      if (policy === 'discard') {
        assert.deepEqual(there.unfinished, [])
        assert.equal((await first.command('SIZE new')).code, 550)
        return
      }
      assert.deepEqual(there.unfinished.toSorted(), ['new', 'old'])
      await goesOn({ double, server }, listener)
    })
  }
}

/** The owner continues both uploads, by REST and STOR, and by APPE, from another session. */
async function goesOn({ double, server }: Opened, listener: ListenerKind): Promise<void> {
  const client = await loggedIn(server, listener)
  const bob = await loggedIn(server, listener, { name: 'bob' })
  assert.equal((await bob.command('SIZE new')).code, 550)
  for (const [name, rest] of [
    ['new', 'STOR new'],
    ['old', 'APPE old'],
  ] as const) {
    const { code, text } = await client.command(`SIZE ${name}`)
    assert.deepEqual([code, text], [213, String(2 * partBytes)])
    const travelled = sentBytes(double)
    if (rest.startsWith('STOR')) assert.equal((await client.command(`REST ${text}`)).code, 350)
    const left = body.subarray(Number(text))
    assert.equal((await client.upload(rest, left)).code, 226)
    assert.ok(travelled() <= left.length + partBytes, `${travelled()} bytes travelled`)
    assert.ok(double.bucket.objects.get(name)?.body.equals(body))
  }
  assert.deepEqual(held(double).unfinished, [])
}

test('a cut upload of which no part came says so, and SIZE does not tell the length of the old file', async (t) => {
  const { server } = await open(t, { policy: 'resume' })
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR a', old)).code, 226)
  const { data } = await client.transfer('STOR a')
  data.resume()
  await new Promise((resolve) => void data.write('too little for a part', resolve))
  await until('it has come', async () =>
    (await client.command('STAT')).lines.some((line) => line.includes(' 21 bytes so far')),
  )
  data.resetAndDestroy()
  assert.match((await client.reply()).text, /; nothing was stored\.$/)
  // Its client would go on from there, and make one file of two.
  assert.equal((await client.command('SIZE a')).text, '0')
  assert.equal((await content(client, 'a')).toString(), old)
  assert.equal((await client.upload('STOR a', 'the new file')).code, 226)
  assert.equal((await client.command('SIZE a')).text, '12')
  assert.equal((await content(client, 'a')).toString(), 'the new file')
})

test('FEAT and SITE HELP name permission bits only where a storage keeps them', async (t) => {
  const double = await objectStoreDouble(t, { kind: 's3' })
  const client = await loggedIn(await gateway(t, { kinds: ['none'], storages: { files: bucketOf(double) } }))
  const feat = (await client.command('FEAT')).lines
  assert.ok(feat.includes(' MFF Modify;'), feat.join())
  assert.ok(feat.includes(' SITE CPFR;CPTO;IDLE;MKDIR;RESTORE;RMDIR;UTIME'), feat.join())
  assert.ok(!(await client.command('SITE HELP')).lines.some((line) => line.includes('CHMOD')))
  assert.equal((await client.upload('STOR x', 'content')).code, 226)
  assert.equal((await client.command('SITE CHMOD 644 x')).code, 502)
})

test('what is added to an object is all that travels, but for less than a least part', async (t) => {
  const { double, server } = await open(t)
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR log', body)).code, 226)
  const appended = sentBytes(double)
  assert.equal((await client.upload('APPE log', 'one more line')).code, 226)
  assert.ok(appended() <= 13 + partBytes, `${appended()} bytes travelled`)
  const replaced = sentBytes(double)
  assert.equal((await client.command(`REST ${2 * partBytes}`)).code, 350)
  assert.equal((await client.upload('STOR log', 'the end')).code, 226)
  assert.ok(replaced() <= 7 + partBytes, `${replaced()} bytes travelled`)
  const expected = Buffer.concat([body.subarray(0, 2 * partBytes), Buffer.from('the end')])
  assert.ok(double.bucket.objects.get('log')?.body.equals(expected))
  assert.deepEqual(held(double).unfinished, [])
})

test('a file sent as pieces, each by REST and STOR, and small lines by APPE', async (t) => {
  const { double, server } = await open(t)
  const client = await loggedIn(server)
  const pieces = Array.from({ length: 12 }, () => randomBytes(65_536))
  for (const [index, piece] of pieces.entries()) {
    assert.equal((await client.command(`REST ${index * 65_536}`)).code, 350)
    assert.equal((await client.upload('STOR file', piece)).code, 226)
  }
  assert.ok(double.bucket.objects.get('file')?.body.equals(Buffer.concat(pieces)))
  for (let line = 0; line < 12; line++) assert.equal((await client.upload('APPE log', `line ${line}\n`)).code, 226)
  assert.equal((await content(client, 'log')).toString().split('\n').length, 13)
})

if (hasRealS3())
  test('a real server: long and short files, a cut one, and going on with it', async (t) => {
    const real = await realS3()
    const server = await gateway(t, {
      kinds: ['none'],
      storages: { bucket: bucketOn(real) },
      accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }], incompleteUploads: 'resume' }],
    })
    const client = await loggedIn(server)
    assert.equal((await client.upload('STOR small', 'small')).code, 226)
    assert.equal((await client.upload('STOR long', body)).code, 226)
    assert.ok((await content(client, 'long')).equals(body))
    const { data } = await client.transfer('STOR cut')
    data.resume()
    await new Promise((resolve) => void data.write(body, resolve))
    await until('all has come', async () =>
      (await client.command('STAT')).lines.some((line) => line.includes(` ${body.length} bytes so far`)),
    )
    data.resetAndDestroy()
    assert.equal((await client.reply()).code, 426)
    assert.equal((await client.download('NLST')).bytes.toString(), 'long\r\nsmall\r\n')
    const { code, text } = await (await loggedIn(server)).command('SIZE cut')
    assert.equal(code, 213)
    assert.equal((await client.command(`REST ${text}`)).code, 350)
    assert.equal((await client.upload('STOR cut', body.subarray(Number(text)))).code, 226)
    assert.ok((await content(client, 'cut')).equals(body))
    assert.deepEqual(await client.codes('RNFR cut', 'RNTO moved', 'DELE moved'), [350, 250, 250])
  })
