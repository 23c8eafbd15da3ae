import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { crc32 } from 'node:zlib'
import { checksumOf } from '../../src/core/checksum/running.ts'
import { asked, bucketOf, bucketOn } from '../helpers/bucket-storage.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import { patternBytes } from '../helpers/lending-body.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'

// What a 226 proves, where that can be read, and what it costs to ask for it later.

type Kind = 's3' | 'cos'
const names = { s3: 'CRC64NVME', cos: 'CRC64ECMA' } as const
const kinds = { s3: 'crc64nvme', cos: 'crc64xz' } as const

interface Opened {
  readonly double: ObjectStoreDouble
  readonly server: GatewayUnderTest
  readonly client: RawClient
  /** On another gateway, which knows nothing of what the first has done. */
  readonly stranger: RawClient
}

async function open(t: TestContext, kind: Kind, options: Readonly<Record<string, unknown>> = {}): Promise<Opened> {
  const double = await objectStoreDouble(t, { kind })
  const settings = {
    kinds: ['none' as const],
    storages: { bucket: bucketOf(double, options) },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  }
  const server = await gateway(t, settings)
  const other = await gateway(t, settings)
  return { double, server, client: await loggedIn(server), stranger: await loggedIn(other) }
}

const hexOf = (algorithm: string, content: Uint8Array) => createHash(algorithm).update(content).digest('hex')
const crc64Of = (kind: Kind, content: Uint8Array) => checksumOf(kinds[kind], content).toString(16).padStart(16, '0')

for (const kind of ['s3', 'cos'] as const) {
  test(`the 226 and the log name the hash that the store has proved the file by (${kind})`, async (t) => {
    const { server, client } = await open(t, kind)
    const proofs = () => server.log.filter(({ message }) => message === 'transfer').map(({ fields }) => fields['proof'])
    for (const bytes of [0, 5, 300_000, 12_000_000]) {
      const content = patternBytes(bytes)
      const proof = `${names[kind]} ${crc64Of(kind, content)}`
      assert.equal((await client.upload('STOR f', content)).text, `Stored ${bytes} bytes; ${proof}`)
      assert.equal(proofs().at(-1), proof)
    }
    const { text } = await client.upload('STOU f', 'unique')
    assert.equal(text, `Stored 6 bytes; ${names[kind]} ${crc64Of(kind, Buffer.from('unique'))}`)
  })

  test(`after REST or APPE the hash in the 226 is that of the whole file (${kind})`, async (t) => {
    const { client } = await open(t, kind)
    await client.upload('STOR f', 'one')
    const whole = Buffer.from('one two')
    const proof = `${names[kind]} ${crc64Of(kind, whole)}`
    assert.equal((await client.upload('APPE f', ' two')).text, `Stored 4 bytes, 7 in all; ${proof}`)
    assert.equal((await client.command('REST 3')).code, 350)
    assert.equal((await client.upload('STOR f', ' two')).text, `Stored 4 bytes, 7 in all; ${proof}`)
  })

  test(`hashes of a small file are told by one HEAD, and nothing is read (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    const content = patternBytes(100_000)
    await client.upload('STOR f', content)
    const crc = crc32(content).toString(16).padStart(8, '0').toUpperCase()
    for (const [command, told] of [
      ['HASH f', `SHA-256 0-100000 ${hexOf('sha256', content)} f`],
      ['XSHA256 f', hexOf('sha256', content)],
      ['XMD5 f', hexOf('md5', content)],
      ['XCRC f', crc],
    ] as const) {
      const requests = asked(double)
      assert.equal((await stranger.command(command)).text, told)
      assert.deepEqual(requests(), ['HeadObject'], command)
    }
  })

  test(`the store's own checksum of a file in parts is told by one HEAD, other hashes are read once (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    const content = patternBytes(12_000_000)
    await client.upload('STOR f', content)
    assert.match((await stranger.command('FEAT')).lines.join('\n'), new RegExp(`HASH .*;${names[kind]}$`, 'm'))
    assert.equal((await stranger.command(`OPTS HASH ${names[kind]}`)).text, names[kind])
    const requests = asked(double)
    const told = (await stranger.command('HASH f')).text
    assert.equal(told, `${names[kind]} 0-12000000 ${crc64Of(kind, content)} f`)
    assert.deepEqual(requests(), ['HeadObject'])
    const reading = asked(double)
    for (let i = 0; i < 2; i++) assert.equal((await stranger.command('XSHA256 f')).text, hexOf('sha256', content))
    assert.deepEqual(reading(), ['HeadObject', 'GetObject', 'HeadObject'])
  })

  test(`hashes that another program carried over to other content do not count (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    await client.upload('STOR f', 'one')
    const old = double.bucket.objects.get('f')
    await client.upload('STOR f', 'two')
    const now = double.bucket.objects.get('f')
    assert.ok(old && now)
    double.bucket.objects.set('f', { ...now, headers: old.headers })
    assert.equal((await stranger.command('XSHA256 f')).text, hexOf('sha256', Buffer.from('two')))
    assert.equal((await stranger.command('XCRC f')).text, crc32('two').toString(16).padStart(8, '0').toUpperCase())
  })

  test(`a file keeps its hashes when it is renamed, copied or given another time (${kind})`, async (t) => {
    const { double, client, stranger } = await open(t, kind)
    await client.upload('STOR a', 'content')
    assert.deepEqual(await client.codes('RNFR a', 'RNTO b', 'SITE CPFR b', 'SITE CPTO c'), [350, 250, 350, 250])
    assert.equal((await client.command('MFMT 20200102030405 b')).code, 213)
    for (const name of ['b', 'c']) {
      const requests = asked(double)
      assert.equal((await stranger.command(`XSHA256 ${name}`)).text, hexOf('sha256', Buffer.from('content')))
      assert.deepEqual(requests(), ['HeadObject'])
    }
  })
}

if (hasRealS3())
  test('a real server: what the 226 names is the hash of the file, and so is what HASH tells', async (t) => {
    const settings = {
      kinds: ['none' as const],
      storages: { bucket: bucketOn(await realS3()) },
      accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
    }
    const client = await loggedIn(await gateway(t, settings))
    const stranger = await loggedIn(await gateway(t, settings))
    for (const bytes of [0, 100_000, 12_000_000]) {
      const content = patternBytes(bytes)
      const { text } = await client.upload('STOR f', content)
      const [, name = '', hex = ''] = /; (\S+) ([0-9a-f]+)$/.exec(text) ?? []
      const known = { CRC64NVME: crc64Of('s3', content), MD5: hexOf('md5', content) }
      if (name !== '') assert.equal(hex, known[name as keyof typeof known], text)
      t.diagnostic(text)
      assert.equal((await stranger.command('XSHA256 f')).text, hexOf('sha256', content))
      assert.equal((await stranger.command('XMD5 f')).text, hexOf('md5', content))
    }
  })

test('a hash that was computed while a long file came is told unread, though it is in no metadata', async (t) => {
  const { double, client } = await open(t, 's3', { hashes: ['SHA-256'] })
  const content = patternBytes(40_000_000)
  await client.upload('STOR f', content)
  assert.match(double.bucket.objects.get('f')?.etag ?? '', /-/)
  const requests = asked(double)
  assert.equal((await client.command('XSHA256 f')).text, hexOf('sha256', content))
  assert.deepEqual(requests(), ['HeadObject'])
})

test('metadata that a store would not take with the hashes goes without them', async (t) => {
  const { client, stranger } = await open(t, 's3', { metadata: { note: 'x'.repeat(1900) } })
  assert.equal((await client.upload('STOR f', 'content')).code, 226)
  assert.equal((await stranger.command('XSHA256 f')).text, hexOf('sha256', Buffer.from('content')))
})

test('a store that knows no checksums proves small files by their MD5', async (t) => {
  const { double, client, stranger } = await open(t, 's3', { dialect: 'generic' })
  const md5 = hexOf('md5', Buffer.from('content'))
  assert.equal((await client.upload('STOR f', 'content')).text, `Stored 7 bytes; MD5 ${md5}`)
  const requests = asked(double)
  assert.equal((await stranger.command('XMD5 f')).text, md5)
  assert.equal((await stranger.command('XSHA256 f')).text, hexOf('sha256', Buffer.from('content')))
  assert.deepEqual(requests(), ['HeadObject', 'HeadObject'])
  assert.doesNotMatch((await client.command('FEAT')).lines.join('\n'), /CRC64/)
})

test('an ETag that only looks like an MD5 is not told as one', async (t) => {
  const { double, client } = await open(t, 's3')
  const object = { modified: new Date(), crc: null, body: Buffer.from('content'), etag: '0'.repeat(32) }
  for (const headers of [
    { 'x-amz-server-side-encryption': 'aws:kms' },
    { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' },
  ]) {
    double.bucket.objects.set('f', { ...object, headers })
    assert.equal((await client.command('XMD5 f')).text, hexOf('md5', object.body))
  }
})

test('the reply profile vsftpd says what vsftpd says', async (t) => {
  const double = await objectStoreDouble(t, { kind: 's3' })
  const server = await gateway(t, {
    kinds: ['none'],
    listener: { replies: 'vsftpd' },
    storages: { bucket: bucketOf(double) },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  })
  assert.equal((await (await loggedIn(server)).upload('STOR f', 'content')).text, 'Transfer complete.')
})
