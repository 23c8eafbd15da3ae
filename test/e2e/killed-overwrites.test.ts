import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bucketOf } from '../helpers/bucket-storage.ts'
import { objectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { served, type ServedProcess } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

const log = { level: 'info', format: 'json' }
const old = 'the old file'
const fresh = 'something else, and longer'

/** An upload that is to replace the file, and of which little has come when its process ends. */
async function halfAnOverwrite(server: ServedProcess, name: string): Promise<void> {
  const client = await loggedIn(server, 'none', { name })
  assert.equal((await client.upload('STOR file', old)).code, 226)
  const { reply, data } = await client.transfer('STOR file')
  assert.equal(reply.code, 150)
  for (const socket of [client.socket, data]) socket.on('error', () => {})
  await new Promise((resolve) => data.write(fresh.slice(0, 3), resolve))
}

/** What the processes of the gateway have written down of what they are at. */
function running(folder: string): string {
  const files = readdirSync(join(folder, 'state', 'running'), { withFileTypes: true })
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('')
}

/** As clients do by themselves: the length is asked for, and what is behind it sent. */
async function goOn(client: RawClient, line: 'STOR' | 'APPE'): Promise<number> {
  const { text } = await client.command('SIZE file')
  if (line === 'STOR') assert.equal((await client.command(`REST ${text}`)).code, 350)
  return (await client.upload(`${line} file`, fresh.slice(Number(text)))).code
}

async function neverMixed(server: ServedProcess, name: string): Promise<void> {
  const client = await loggedIn(server, 'none', { name })
  for (const line of ['STOR', 'APPE'] as const) assert.equal(await goOn(client, line), 554, line)
  assert.equal((await client.download('RETR file')).bytes.toString(), old)
  assert.equal((await client.upload('STOR file', fresh)).code, 226)
  assert.equal((await client.upload('APPE file', '!')).code, 226)
  assert.equal((await client.download('RETR file')).bytes.toString(), `${fresh}!`)
}

for (const kind of ['disk', 'bucket'] as const) {
  test(`kill -9 in the first bytes of an overwrite: nobody goes on from the old file (${kind})`, async (t) => {
    const double = await objectStoreDouble(t)
    const place = served(t, {
      ...{ kinds: ['none'], log },
      storages: { bucket: bucketOf(double) },
      accounts: ['discard', 'resume', 'publish'].map((name) => ({
        ...{ name, incompleteUploads: name },
        mounts: [{ storage: kind === 'disk' ? 'files' : 'bucket', prefix: name }],
      })),
    })
    const first = await place.start()
    for (const name of ['discard', 'resume', 'publish']) await halfAnOverwrite(first, name)
    await until('all are noted', () => running(place.folder).split('{').length === 4)
    first.signal('SIGKILL')
    await first.exited
    const second = await place.start()
    for (const name of ['discard', 'resume', 'publish']) await neverMixed(second, name)
    second.signal('SIGTERM')
    assert.equal(await second.exited, 0)
  })
}

test('a worker that is killed leaves no file that another would go on from', async (t) => {
  const place = served(t, { kinds: ['none'], log, workers: 2 })
  const server = await place.start()
  await halfAnOverwrite(server, 'ada')
  await until('it is noted', () => running(place.folder).includes('{'))
  for (const pid of readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' '))
    process.kill(Number(pid), 'SIGKILL')
  await until('both are replaced', () => server.lines.filter((line) => line.includes('worker died')).length === 2)
  await until('what they were at is settled', () => !running(place.folder).includes('{'))
  await neverMixed(await answering(server), 'ada')
})

/** Workers that died soon after they were started take some seconds to come back. */
async function answering(server: ServedProcess): Promise<ServedProcess> {
  await until('a worker serves clients', () =>
    loggedIn(server).then(
      () => true,
      () => false,
    ),
  )
  return server
}
