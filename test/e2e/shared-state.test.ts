import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf, held, sentBytes } from '../helpers/bucket-storage.ts'
import { gateway } from '../helpers/gateway.ts'
import { patternBytes } from '../helpers/lending-body.ts'
import { objectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { emptyDatabase, hasPostgresql } from '../helpers/postgresql.ts'
import { loggedIn } from '../helpers/raw-client.ts'
import { until } from '../helpers/until.ts'

// Several gateways, each with a folder of its own, on one bucket and one PostgreSQL.

const partBytes = 5 * 2 ** 20
const body = patternBytes(2 * partBytes + 1_000_000)

async function open(t: TestContext, account: Readonly<Record<string, unknown>> = {}, workers = 1) {
  const double = await objectStoreDouble(t, { kind: 's3' })
  const settings = {
    kinds: ['none' as const],
    storages: { bucket: bucketOf(double) },
    state: { database: await emptyDatabase() },
    // Parts are as short as the store takes them.
    memory: '40 MiB',
    workers,
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }], incompleteUploads: 'resume', ...account }],
  }
  return { double, first: await gateway(t, settings), second: await gateway(t, settings) }
}

if (hasPostgresql()) {
  test('an upload that was cut at one gateway goes on at another, with the bytes that are missing', async (t) => {
    const { double, first, second } = await open(t)
    const client = await loggedIn(first)
    const { data } = await client.transfer('STOR file')
    data.resume()
    await new Promise((resolve) => void data.write(body, resolve))
    await until('all has come', async () =>
      (await client.command('STAT')).lines.some((line) => line.includes(` ${body.length} bytes so far`)),
    )
    const other = await loggedIn(second)
    // It is still under way at the first.
    assert.equal((await other.command('SIZE file')).code, 550)
    data.resetAndDestroy()
    assert.equal((await client.reply()).code, 426)
    const { code, text } = await other.command('SIZE file')
    assert.deepEqual([code, text], [213, String(2 * partBytes)])
    const travelled = sentBytes(double)
    assert.equal((await other.command(`REST ${text}`)).code, 350)
    assert.equal((await other.upload('STOR file', body.subarray(Number(text)))).code, 226)
    assert.equal(travelled(), body.length - 2 * partBytes)
    assert.ok(double.bucket.objects.get('file')?.body.equals(body))
    assert.deepEqual(held(double).unfinished, [])
  })

  test('worker processes share the state, and gateways have several of them', async (t) => {
    const { first, second } = await open(t, { quota: '10 KiB' }, 2)
    const clients = await Promise.all([first, first, second, second].map((server) => loggedIn(server)))
    const codes: number[] = []
    for (const [number, client] of clients.entries()) {
      codes.push((await client.upload(`STOR ${number}`, Buffer.alloc(3_000))).code)
    }
    assert.deepEqual(codes, [226, 226, 226, 552])
  })

  test('what one gateway has stored counts to the quota at another', async (t) => {
    const { first, second } = await open(t, { quota: '10 KiB' })
    assert.equal((await (await loggedIn(first)).upload('STOR a', Buffer.alloc(8_000))).code, 226)
    const other = await loggedIn(second)
    assert.equal((await other.upload('STOR b', Buffer.alloc(8_000))).code, 552)
    assert.equal((await other.command('AVBL')).text, String(10_240 - 8_000))
  })

  test('a hash that one gateway has read a file for is known to another', async (t) => {
    const { double, first, second } = await open(t)
    const client = await loggedIn(first)
    assert.equal((await client.upload('STOR file', body)).code, 226)
    const hex = createHash('sha256').update(body).digest('hex')
    assert.equal((await client.command('XSHA256 file')).text, hex)
    const requests = asked(double)
    assert.equal((await (await loggedIn(second)).command('XSHA256 file')).text, hex)
    assert.deepEqual(requests(), ['HeadObject'])
  })
} else test('gateways that share a state (no PostgreSQL found)', (t) => t.diagnostic('Not tried.'))
