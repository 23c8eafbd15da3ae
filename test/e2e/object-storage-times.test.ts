import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { asked, bucketOf } from '../helpers/bucket-storage.ts'
import { gateway, openGateway } from '../helpers/gateway.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { emptyDatabase, hasPostgresql } from '../helpers/postgresql.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { until } from '../helpers/until.ts'

// Times that clients have set are in listings, whoever lists: mirrors compare them.

const settingsFor = (double: ObjectStoreDouble, state: Readonly<Record<string, unknown>>) => ({
  kinds: ['none' as const],
  storages: { bucket: bucketOf(double) },
  accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  state,
})

function stateFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-times-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function listed(client: RawClient): Promise<Readonly<Record<string, string>>> {
  const { reply, bytes } = await client.download('MLSD')
  assert.equal(reply.code, 226)
  return Object.fromEntries(
    bytes
      .toString()
      .split('\r\n')
      .filter((line) => line.includes('type=file'))
      .map((line) => [line.slice(line.indexOf(' ') + 1), /modify=(\d+)/i.exec(line)?.[1] ?? '']),
  )
}

for (const kind of ['s3', 'cos'] as const) {
  test(`files keep their times in listings when their folder is renamed, also after a restart (${kind})`, async (t) => {
    const double = await objectStoreDouble(t, { kind })
    const settings = settingsFor(double, { directory: stateFolder(t) })
    const first = await openGateway(settings)
    try {
      const client = await loggedIn(first)
      await client.command('MKD old')
      assert.equal((await client.upload('STOR old/set', 'content')).code, 226)
      assert.equal((await client.command('MFMT 20210102030405 old/set')).code, 213)
    } finally {
      await first.close()
    }
    const second = await openGateway(settings)
    try {
      const client = await loggedIn(second)
      assert.deepEqual(await client.codes('RNFR old', 'RNTO new', 'CWD new'), [350, 250, 250])
      assert.deepEqual(await listed(client), { set: '20210102030405' })
    } finally {
      await second.close()
    }
    const client = await loggedIn(await gateway(t, settings))
    assert.equal((await client.command('CWD new')).code, 250)
    assert.deepEqual(await listed(client), { set: '20210102030405' })
  })

  test(`after a restart a listing tells the times that were set, by one request (${kind})`, async (t) => {
    const double = await objectStoreDouble(t, { kind })
    const settings = settingsFor(double, { directory: stateFolder(t) })
    const first = await openGateway(settings)
    try {
      const client = await loggedIn(first)
      assert.equal((await client.command('MFMT 20200102030405 announced')).code, 550)
      for (const name of ['announced', 'set', 'moved', 'replaced'])
        assert.equal((await client.upload(`STOR ${name}`, 'content')).code, 226)
      for (const name of ['set', 'moved', 'replaced'])
        assert.equal((await client.command(`MFMT 20210102030405 ${name}`)).code, 213)
      assert.deepEqual(await client.codes('RNFR moved', 'RNTO new name'), [350, 250])
      // The same content again, and no time with it.
      assert.equal((await client.upload('STOR replaced', 'content')).code, 226)
    } finally {
      await first.close()
    }
    const client = await loggedIn(await gateway(t, settings))
    const requests = asked(double)
    const { replaced, ...times } = await listed(client)
    assert.deepEqual(requests(), ['ListObjects'])
    assert.deepEqual(times, { announced: '20200102030405', set: '20210102030405', 'new name': '20210102030405' })
    assert.equal((await client.command('MDTM replaced')).text, replaced)
    assert.notEqual(replaced, '20210102030405')
  })
}

if (hasPostgresql()) {
  test('a time that was set at one gateway is in the listing of another', async (t) => {
    const double = await objectStoreDouble(t, { kind: 's3' })
    const settings = settingsFor(double, { database: await emptyDatabase() })
    const client = await loggedIn(await gateway(t, settings))
    const other = await loggedIn(await gateway(t, settings))
    assert.equal((await client.upload('STOR file', 'content')).code, 226)
    for (const time of ['20200102030405', '20210102030405']) {
      assert.equal((await client.command(`MFMT ${time} file`)).code, 213)
      const requests = asked(double)
      await until('the other has it', async () => (await listed(other))['file'] === time)
      assert.deepEqual(new Set(requests()), new Set(['ListObjects']))
    }
  })
} else test('a time that was set at one gateway (no PostgreSQL found)', (t) => t.diagnostic('Not tried.'))
