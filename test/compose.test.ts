import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { test } from 'node:test'
import { gateway, openGateway } from './helpers/gateway.ts'
import { loggedIn } from './helpers/raw-client.ts'
import { served } from './helpers/served.ts'

test('uploads.maxFileBytes holds for every account, and one of its own can only make it smaller', async (t) => {
  const server = await gateway(t, {
    kinds: ['none'],
    uploads: { maxFileBytes: 100 },
    accounts: [{ name: 'ada' }, { name: 'small', maxFileBytes: 10 }, { name: 'large', maxFileBytes: '1 MiB' }],
  })
  const store = async (name: string, bytes: number) =>
    (await (await loggedIn(server, 'none', { name })).upload('STOR a', Buffer.alloc(bytes))).code
  assert.deepEqual([await store('ada', 100), await store('ada', 101)], [226, 552])
  assert.deepEqual([await store('small', 10), await store('small', 11)], [226, 552])
  assert.deepEqual([await store('large', 100), await store('large', 101)], [226, 552])
  server.settings = { ...server.settings, uploads: { maxFileBytes: null } }
  await server.running.reload()
  assert.equal(await store('ada', 101), 226)
})

const noProcfs = existsSync('/proc/self') ? false : 'there is no /proc here'

for (const [what, settings] of Object.entries({
  'a storage': { storages: { unmade: { driver: 'disk', directory: '/proc/nothing/below' } } },
  'the log': { log: { file: '/proc/nothing/a.log' } },
}))
  test(`a folder of ${what} that cannot be made ends the start in one sentence`, { skip: noProcfs }, async (t) => {
    const server = await served(t, { kinds: ['none'], ...settings }).start()
    assert.equal(await server.exited, 1)
    assert.deepEqual(server.lines, ['sluice: /proc/nothing cannot be used: ENOENT.'])
  })

/** What this process has open of gateways. */
function openOfGateways(): readonly string[] {
  const paths = readdirSync('/proc/self/fd').map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`)
    } catch {
      return '' // The one by which the folder was read.
    }
  })
  return paths.filter((path) => path.includes('sluice-e2e-'))
}

test('a start that fails leaves nothing open', { skip: noProcfs }, async () => {
  const running = await openGateway({ kinds: ['none'] })
  assert.notDeepEqual(openOfGateways(), [])
  await running.close()
  const unmade = { driver: 'disk', directory: '/proc/nothing/below' }
  await assert.rejects(openGateway({ kinds: ['none'], storages: { unmade } }), { code: 'not-found' })
  assert.deepEqual(openOfGateways(), [])
})
