import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { deflateSync, inflateSync } from 'node:zlib'
import { gateway } from '../helpers/gateway.ts'
import { loggedIn } from '../helpers/raw-client.ts'

const text = Buffer.from('a line that comes again and again\n'.repeat(5000))

for (const kind of ['none', 'implicit'] as const) {
  test(`MODE Z: one zlib stream up, down, and for listings; offsets count inflated bytes (${kind})`, async (t) => {
    const server = await gateway(t, { kinds: [kind] })
    const client = await loggedIn(server, kind)
    assert.equal((await client.command('MODE Z')).code, 200)
    assert.equal((await client.upload('STOR a', deflateSync(text))).text, `Stored ${text.length} bytes.`)
    assert.deepEqual(readFileSync(join(server.files, 'a')), text)
    const down = await client.download('RETR a')
    assert.equal(down.reply.code, 226)
    assert.ok(down.bytes.length < text.length / 10)
    assert.deepEqual(inflateSync(down.bytes), text)
    assert.equal((await client.command('REST 100000')).code, 350)
    assert.deepEqual(inflateSync((await client.download('RETR a')).bytes), text.subarray(100_000))
    assert.equal(inflateSync((await client.download('NLST')).bytes).toString(), 'a\r\n')
    assert.equal((await client.command('MODE S')).code, 200)
    assert.deepEqual((await client.download('RETR a')).bytes, text)
  })
}

test('MODE Z: a stream that breaks off is not a file, and limits hold inflated', async (t) => {
  const server = await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', maxFileBytes: 1000 }] })
  writeFileSync(join(server.files, 'old'), 'old')
  const client = await loggedIn(server)
  await client.command('MODE Z')
  assert.equal((await client.upload('STOR old', deflateSync(Buffer.alloc(900, 'x')).subarray(0, -3))).code, 426)
  assert.equal((await client.upload('STOR old', deflateSync(Buffer.alloc(1001)))).code, 552)
  assert.equal(readFileSync(join(server.files, 'old'), 'utf8'), 'old')
})
