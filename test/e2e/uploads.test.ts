import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import type { ListenerKind } from '../helpers/gateway-configuration.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'

/** Sent before an upload breaks; so much is on disk or kept by then that it can be told from nothing. */
const part = Buffer.alloc(300_000, 'cut ')
const old = 'the old file, byte for byte'

type Cut = (client: RawClient, data: net.Socket) => Promise<void> | void

/** Raw socket under a TLS one. */
const below = (data: net.Socket): net.Socket => (data as unknown as { _parent?: net.Socket })._parent ?? data

const cuts: Readonly<
  Record<string, { readonly act: Cut; readonly codes: readonly number[]; readonly kinds: readonly ListenerKind[] }>
> = {
  'the data connection is reset': {
    act: (_client, data) => void below(data).resetAndDestroy(),
    codes: [426],
    kinds: ['none', 'explicit', 'implicit'],
  },
  'TCP ends without close_notify': {
    act: (_client, data) => void below(data).end(),
    codes: [426],
    kinds: ['explicit', 'implicit'],
  },
  'the client sends ABOR': { act: (client) => client.send('ABOR'), codes: [426, 226], kinds: ['none', 'implicit'] },
  'the client stalls': { act: () => {}, codes: [426], kinds: ['none', 'implicit'] },
  'the control connection is reset': {
    act: (client) => void below(client.socket).resetAndDestroy(),
    codes: [],
    kinds: ['none', 'implicit'],
  },
  'the control connection ends, then the data': {
    async act(client, data) {
      client.socket.end()
      await new Promise((resolve) => setTimeout(resolve, 50))
      data.end()
    },
    codes: [],
    kinds: ['none'],
  },
}

/** Every transfer is told in the log when it is over. */
async function settled(server: GatewayUnderTest, reports: number): Promise<void> {
  const count = () => server.log.filter(({ message }) => message === 'transfer').length
  for (let i = 0; i < 500 && count() < reports; i++) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** All that lies in the folder of the accounts, staged or not. */
function everything(server: GatewayUnderTest): readonly string[] {
  return readdirSync(server.files, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
}

for (const [what, { act, codes, kinds }] of Object.entries(cuts)) {
  for (const kind of kinds) {
    for (const policy of ['discard', 'resume', 'publish'] as const) {
      test(`${what} (${kind}): ${policy}`, async (t) => {
        const server = await gateway(t, {
          kinds: [kind],
          accounts: [{ name: 'ada', incompleteUploads: policy }],
          limits: { dataTimeout: '250ms' },
        })
        writeFileSync(join(server.files, 'old'), old)
        for (const [round, name] of ['new', 'old'].entries()) {
          const client = await loggedIn(server, kind)
          const { reply, data } = await client.transfer(`STOR ${name}`)
          assert.equal(reply.code, 150)
          data.resume()
          await new Promise((resolve) => void data.write(part, resolve))
          await progress(client)
          await act(client, data)
          // Where cut uploads are published, they are stored, and the client is told so.
          const expected = policy === 'publish' && codes.length === 1 ? [226] : codes
          for (const code of expected) assert.equal((await client.reply()).code, code)
          await settled(server, round + 1)
          if (codes.length > 0) assert.equal((await client.command('NOOP')).code, 200)
        }
        const client = await loggedIn(server, kind)
        if (policy === 'publish') {
          assert.ok(readFileSync(join(server.files, 'new')).equals(part))
          assert.ok(readFileSync(join(server.files, 'old')).equals(part))
          return
        }
        assert.equal(existsSync(join(server.files, 'new')), false)
        assert.equal(readFileSync(join(server.files, 'old'), 'utf8'), old)
        if (policy === 'discard') {
          assert.deepEqual(everything(server), ['old'])
          assert.equal((await client.command('SIZE new')).code, 550)
          return
        }
        const listing = await client.download('NLST')
        assert.equal(listing.bytes.toString(), 'old\r\n')
        const { code, text } = await client.command('SIZE new')
        assert.deepEqual([code, text], [213, String(part.length)])
        const [, facts] = (await client.command('MLST new')).lines
        assert.match(facts ?? '', new RegExp(`^ type=file;size=${part.length};perm=`))
        assert.equal((await client.command(`REST ${text}`)).code, 350)
        assert.equal((await client.upload('STOR new', 'and the rest')).code, 226)
        assert.equal(readFileSync(join(server.files, 'new'), 'utf8'), `${part.toString()}and the rest`)
      })
    }
  }
}

/** Until the server has taken in the whole part. */
async function progress(client: RawClient): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const { lines } = await client.command('STAT')
    if (lines.some((line) => line.includes(` ${part.length} bytes so far`))) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail('the bytes did not arrive')
}

test('a bare FIN counts as the end where the listener or the account is tolerant', async (t) => {
  const server = await gateway(t, { kinds: ['implicit'], listener: { uploadEnd: 'tolerant' } })
  const client = await loggedIn(server, 'implicit')
  const { data } = await client.transfer('STOR a')
  data.resume()
  await new Promise((resolve) => void data.write('whole', resolve))
  below(data).end()
  assert.equal((await client.reply()).code, 226)
  assert.equal(readFileSync(join(server.files, 'a'), 'utf8'), 'whole')
})

test('APPE goes on with a kept upload', async (t) => {
  const server = await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', incompleteUploads: 'resume' }] })
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR a')
  await new Promise((resolve) => void data.write(part, resolve))
  await progress(client)
  data.resetAndDestroy()
  const cut = await client.reply()
  assert.equal(cut.code, 426)
  assert.match(cut.text, new RegExp(`; ${part.length} bytes are kept, go on from there\\.$`))
  assert.equal((await client.upload('APPE a', '!')).code, 226)
  assert.equal(readFileSync(join(server.files, 'a'), 'utf8'), `${part.toString()}!`)
})

test('a kept upload is its owner’s: another account neither sees nor goes on with it', async (t) => {
  const server = await gateway(t, {
    kinds: ['none'],
    accounts: [
      { name: 'ada', incompleteUploads: 'resume' },
      { name: 'bob', incompleteUploads: 'resume' },
    ],
  })
  const ada = await loggedIn(server)
  const { data } = await ada.transfer('STOR a')
  await new Promise((resolve) => void data.write(part, resolve))
  await progress(ada)
  data.resetAndDestroy()
  assert.equal((await ada.reply()).code, 426)
  const bob = await loggedIn(server, 'none', { name: 'bob' })
  assert.deepEqual(await bob.codes('SIZE a', `REST ${part.length}`), [550, 350])
  assert.equal((await bob.upload('STOR a', 'x')).code, 554)
  assert.equal((await bob.upload('STOR a', 'his own')).code, 226)
  assert.equal(readFileSync(join(server.files, 'a'), 'utf8'), 'his own')
})

test('an upload above the limit is 552 as soon as it is known, and leaves the old file', async (t) => {
  const server = await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', maxFileBytes: 1000 }] })
  writeFileSync(join(server.files, 'old'), old)
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR old')
  data.on('error', () => {})
  data.write(Buffer.alloc(1001))
  assert.equal((await client.reply()).code, 552)
  assert.equal(readFileSync(join(server.files, 'old'), 'utf8'), old)
  assert.equal((await client.upload('STOR fits', Buffer.alloc(1000))).code, 226)
})

test('a quota holds for all files together, and a replaced file gives its bytes back once the new one is there', async (t) => {
  const server = await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', quota: 1000 }] })
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR a', Buffer.alloc(600))).code, 226)
  assert.equal((await client.upload('STOR b', Buffer.alloc(600))).code, 552)
  assert.equal((await client.upload('STOR a', Buffer.alloc(400))).code, 226)
  assert.deepEqual(await client.codes('ALLO 601', 'ALLO 600'), [552, 200])
  assert.equal((await client.command('AVBL')).text, '600')
  assert.equal((await client.command('DELE a')).code, 250)
  assert.equal((await client.upload('STOR b', Buffer.alloc(1000))).code, 226)
})

test('where nobody knows how much may be stored, AVBL tells as much as there can be, and ALLO is as good as ever', async (t) => {
  const accounts = [{ name: 'ada', mounts: [{ storage: 'shelf' }] }]
  const server = await gateway(t, { kinds: ['none'], accounts, storages: { shelf: { driver: 'memory' } } })
  const client = await loggedIn(server)
  const { code, text } = await client.command('AVBL')
  assert.deepEqual([code, text], [213, `${Number.MAX_SAFE_INTEGER}`])
  assert.deepEqual(await client.codes('ALLO 1000'), [200])
})

test('the reply, the log and the store agree on how long a text is', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const client = await loggedIn(server)
  await client.command('TYPE A')
  assert.equal((await client.upload('STOR text', 'one\r\ntwo\r\n')).text, 'Stored 8 bytes.')
  await settled(server, 1)
  const reported = server.log.findLast(({ message }) => message === 'transfer')
  assert.equal(reported?.fields['bytes'], 8)
  assert.equal(readFileSync(join(server.files, 'text'), 'latin1'), 'one\ntwo\n')
})

test('a refusal names the path it is about, whoever has refused', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const client = await loggedIn(server)
  await client.command('MKD sub')
  await client.command('MKD sub/full')
  const refused = async (line: string) => (await client.command(line)).text
  assert.match(await refused('DELE gone'), /^\/gone: /)
  assert.match(await refused('SIZE sub'), /^\/sub: /)
  assert.match(await refused('MKD sub'), /^\/sub: /)
  assert.match(await refused('RMD sub'), /^\/sub: /)
  assert.match(await refused('CWD sub/gone'), /^\/sub\/gone: /)
})

test('a drop box takes new files, and shows and changes nothing', async (t) => {
  const server = await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', permissions: ['write'] }] })
  writeFileSync(join(server.files, 'there'), old)
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR new', 'x')).code, 226)
  assert.equal((await client.upload('STOR new', 'y')).code, 550)
  assert.equal((await client.upload('STOR there', 'y')).code, 550)
  assert.equal((await client.upload('APPE there', 'y')).code, 550)
  assert.equal((await client.download('RETR there')).reply.code, 550)
  assert.equal((await client.download('LIST')).reply.code, 550)
  assert.deepEqual(
    await client.codes('DELE there', 'MKD d', 'RNFR there', 'RMDA /', 'XMD5 there', 'SITE CPFR there'),
    [550, 550, 550, 550, 550, 550],
  )
  assert.equal(readFileSync(join(server.files, 'there'), 'utf8'), old)
  assert.equal(readFileSync(join(server.files, 'new'), 'utf8'), 'x')
})

test('nothing below a read-only mount can be changed', async (t) => {
  const server = await gateway(t, {
    kinds: ['none'],
    accounts: [{ name: 'ada', mounts: [{ path: '/in', storage: 'files', readOnly: true }] }],
  })
  writeFileSync(join(server.files, 'there'), old)
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR in/new', 'x')).code, 550)
  assert.equal((await client.upload('STOR in/there', 'x')).code, 550)
  assert.deepEqual(
    await client.codes('DELE in/there', 'MKD in/d', 'RNFR in/there', 'RMDA in', 'MFMT 20200101000000 in/there'),
    [550, 550, 550, 550, 550],
  )
  assert.equal((await client.download('RETR in/there')).bytes.toString(), old)
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const order of ['command first', 'connection first'] as const) {
    test(`what comes right behind the handshake, in small and large records or nothing but the end, is all stored (${version}, ${order})`, async (t) => {
      const server = await gateway(t, { kinds: ['implicit'] })
      const client = await loggedIn(server, 'implicit', { tls: { minVersion: version, maxVersion: version } })
      for (const sizes of [
        [],
        [2, 3000],
        [],
        [2, 60_000],
        [1, 1, 1],
        [16_384, 1],
        [70_000, 2, 70_000],
        [0, 5],
        [300, 300, 300],
      ]) {
        const parts = sizes.map((size, index) => Buffer.alloc(size, String(index)))
        const port = await client.passive()
        const early = order === 'connection first' ? await client.data(port) : null
        client.send('STOR a')
        const data = early ?? (await client.data(port))
        data.resume()
        for (const part of parts) data.write(part)
        data.end()
        assert.equal((await client.reply()).code, 150)
        const whole = Buffer.concat(parts)
        assert.equal((await client.reply()).text, `Stored ${whole.length} bytes.`)
        assert.ok(readFileSync(join(server.files, 'a')).equals(whole), sizes.join())
      }
    })
  }
}
