import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gateway } from '../helpers/gateway.ts'
import { listenerKinds } from '../helpers/gateway-configuration.ts'
import { loggedIn } from '../helpers/raw-client.ts'

for (const kind of listenerKinds) {
  test(`a file goes up and comes down again (listener: ${kind})`, async (t) => {
    const server = await gateway(t)
    const client = await loggedIn(server, kind)
    const bytes = Buffer.alloc(300_000, 'sluice ')
    assert.equal((await client.upload('STOR a file', bytes)).code, 226)
    assert.deepEqual(readFileSync(join(server.files, 'a file')), bytes)
    const { reply, bytes: back, ending } = await client.download('RETR a file')
    assert.deepEqual([reply.code, ending], [226, 'end'])
    assert.deepEqual(back, bytes)
    assert.equal((await client.command('QUIT')).code, 221)
    assert.deepEqual(await client.rest(), [])
  })
}
