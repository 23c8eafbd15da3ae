import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connected, loggedIn, RawClient } from '../helpers/raw-client.ts'
import { served, type ServedProcess } from '../helpers/served.ts'

const log = { level: 'info', format: 'json' }
const part = Buffer.alloc(8_000_000, 'kept ')

/** Until the server has taken in this many bytes. */
async function progress(client: RawClient, bytes: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    const { lines } = await client.command('STAT')
    if (lines.some((line) => line.includes(` ${bytes} bytes so far`))) return
    await sleep(5)
  }
  assert.fail('the bytes did not arrive')
}

async function halfAnUpload(server: ServedProcess, name: string, file = 'big'): Promise<RawClient> {
  const client = await loggedIn(server, 'none', { name })
  const { reply, data } = await client.transfer(`STOR ${file}`)
  assert.equal(reply.code, 150)
  data.on('error', () => {})
  await new Promise((resolve) => void data.write(part, resolve))
  await progress(client, part.length)
  return client
}

function everything(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .toSorted()
}

test('kill -9 during uploads: nothing half appears, what is kept goes on after the restart, the rest is swept', async (t) => {
  const place = served(t, {
    kinds: ['none'],
    log,
    accounts: [
      { name: 'ada' },
      { name: 'bob', incompleteUploads: 'resume', mounts: [{ storage: 'files', prefix: 'bob/' }] },
    ],
  })
  writeFileSync(join(place.files, 'old'), 'the old file')
  const first = await place.start()
  await halfAnUpload(first, 'ada', 'old')
  await halfAnUpload(first, 'ada', 'new')
  const bob = await halfAnUpload(first, 'bob')
  bob.destroy()
  first.signal('SIGKILL')
  await first.exited
  assert.equal(readFileSync(join(place.files, 'old'), 'utf8'), 'the old file')
  assert.equal(existsSync(join(place.files, 'new')), false)
  assert.equal(existsSync(join(place.files, 'bob/big')), false)

  const second = await place.start()
  const ada = await loggedIn(second, 'none', { name: 'ada' })
  assert.deepEqual(await ada.codes('SIZE new', 'SIZE old'), [550, 213])
  assert.equal((await ada.download('NLST')).bytes.toString().includes('new'), false)
  const again = await loggedIn(second, 'none', { name: 'bob' })
  const { code, text } = await again.command('SIZE big')
  assert.equal(code, 213)
  // What the kernel had is there; what it had not may be sent again.
  const kept = Number(text)
  assert.ok(kept >= 0 && kept <= part.length, text)
  assert.equal((await again.command(`REST ${kept}`)).code, 350)
  const rest = Buffer.concat([part.subarray(kept), Buffer.from('the end')])
  assert.equal((await again.upload('STOR big', rest)).code, 226)
  assert.equal(readFileSync(join(place.files, 'bob/big'), 'utf8'), `${part.toString()}the end`)
  assert.deepEqual(everything(place.files), ['big', 'old'])
  second.signal('SIGTERM')
  assert.equal(await second.exited, 0)
})

test('SIGTERM: idle sessions and new ones are sent away, a running upload may finish, exit 0', async (t) => {
  const place = served(t, { kinds: ['none'], log, limits: { drainTimeout: '20s' } })
  const server = await place.start()
  const idle = await loggedIn(server)
  const busy = await loggedIn(server)
  const { data } = await busy.transfer('STOR a')
  data.write('one, ')
  server.signal('SIGTERM')
  assert.match((await idle.rest()).join('\n'), /^421 /)
  const refused = net.connect(server.ports.none, '127.0.0.1')
  await new Promise((resolve) => refused.once('close', resolve).on('error', () => {}))
  data.end('two')
  assert.equal((await busy.reply()).code, 226)
  assert.match((await busy.rest()).join('\n'), /^421 /)
  assert.equal(await server.exited, 0)
  assert.equal(readFileSync(join(place.files, 'a'), 'utf8'), 'one, two')
})

test('SIGTERM ends transfers that take too long, and publishes nothing of them', async (t) => {
  const place = served(t, { kinds: ['none'], log, limits: { drainTimeout: '200ms' } })
  const server = await place.start()
  await halfAnUpload(server, 'ada')
  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
  assert.deepEqual(everything(place.files), [])
})

test('a second SIGTERM ends the process at once, and nothing half is left under a name', async (t) => {
  const place = served(t, { kinds: ['none'], log, limits: { drainTimeout: '60s' } })
  const server = await place.start()
  await halfAnUpload(server, 'ada')
  server.signal('SIGTERM')
  await server.logged('Stopping')
  // Sooner it would be the same request, come twice.
  await sleep(250)
  server.signal('SIGTERM')
  assert.equal(await server.exited, 1)
  assert.equal(existsSync(join(place.files, 'big')), false)
})

test('SIGHUP takes over accounts and limits without dropping sessions; a broken file keeps the old ones', async (t) => {
  const place = served(t, { kinds: ['none'], log })
  const server = await place.start()
  const ada = await loggedIn(server)
  place.configure({ kinds: ['none'], log, accounts: [{ name: 'bob' }] })
  server.signal('SIGHUP')
  await server.logged('The configuration was read again.')
  assert.equal((await ada.command('NOOP')).code, 200)
  const bob = await loggedIn(server, 'none', { name: 'bob' })
  const stranger = await connected(server)
  assert.deepEqual(await stranger.codes('USER ada', 'PASS open sesame'), [331, 530])
  place.configure('listeners: {nonsense')
  server.signal('SIGHUP')
  await server.logged('not taken over')
  assert.deepEqual(await bob.codes('NOOP'), [200])
  await loggedIn(server, 'none', { name: 'bob' })
})

test('a busy port is one sentence and exit 1', async (t) => {
  const busy = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => busy.once('listening', resolve))
  t.after(() => busy.close())
  const { port } = busy.address() as net.AddressInfo
  const server = await served(t, { kinds: ['none'], log, listener: { port } }).start()
  assert.equal(await server.exited, 1)
  assert.equal(server.lines.filter((line) => line.includes(String(port))).length, 1, server.lines.join('\n'))
})

test('every listener tells its port, before the line that says it is ready', async (t) => {
  const server = await served(t, { log }).start()
  assert.ok(Object.values(server.ports).every((port) => port > 0))
  const records = server.lines.map((line) => JSON.parse(line) as { readonly msg: string })
  assert.equal(records.at(-1)?.msg, 'Sluice is ready.')
  assert.equal(records.filter(({ msg }) => msg.startsWith('Listening on 127.0.0.1:')).length, 4)
})

test('a worker that is killed takes only its own sessions, and is replaced', async (t) => {
  const place = served(t, { kinds: ['none'], log, workers: 2 })
  const server = await place.start()
  const clients: RawClient[] = []
  for (let i = 0; i < 8; i++) clients.push(await loggedIn(server))
  const workers = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ').map(Number)
  assert.equal(workers.length, 2)
  process.kill(workers[0] ?? 0, 'SIGKILL')
  const alive: boolean[] = []
  for (const client of clients) {
    client.send('NOOP')
    const line = await client.line().catch(() => null)
    alive.push(line?.startsWith('200 ') === true)
  }
  assert.ok(alive.includes(true) && alive.includes(false), alive.join())
  // Until the system has told of its end, it may still be handed a client.
  await server.logged('worker died')
  for (let i = 0; i < 8; i++) assert.equal((await loggedIn(server)).isClosed, false)
  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
})

test('what a worker that is killed has staged is removed while the others go on', async (t) => {
  const place = served(t, { kinds: ['none'], log, workers: 2 })
  const server = await place.start()
  const cut = await halfAnUpload(server, 'ada', 'cut')
  cut.socket.on('error', () => {})
  const staged = everything(place.files)
  assert.equal(staged.length, 1)
  const [worker = '0'] = (staged[0] ?? '').split('-')
  const going = await loggedIn(server)
  const { data } = await going.transfer('STOR whole')
  data.write(part)
  await progress(going, part.length)
  process.kill(Number(worker), 'SIGKILL')
  await server.logged('unfinished uploads removed')
  assert.deepEqual(everything(place.files).length, 1)
  data.end()
  assert.equal((await going.reply()).code, 226)
  assert.deepEqual(everything(place.files), ['whole'])
})

test('clients that are being handed to a worker when it dies are closed', async (t) => {
  const server = await served(t, { kinds: ['none'], log, workers: 2 }).start()
  const workers = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ').map(Number)
  for (const pid of workers) process.kill(pid, 'SIGSTOP')
  const closed: Promise<void>[] = []
  for (let i = 0; i < 6; i++) {
    const client = net.connect(server.ports.none, '127.0.0.1').on('error', () => {})
    closed.push(new Promise((resolve) => client.once('close', resolve)))
    await new Promise((resolve) => client.once('connect', resolve))
    client.resume()
  }
  for (const pid of workers) process.kill(pid, 'SIGKILL')
  await Promise.all(closed)
  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
})

test('TLS clients that vanish in the middle of everything do not take the server with them', async (t) => {
  const server = await served(t, { kinds: ['implicit', 'explicit'], log, workers: 1 }).start()
  for (let i = 0; i < 60; i++) {
    const client = new RawClient({ port: server.ports.implicit, kind: 'implicit', clients: server.clients })
    const raw = client.socket
    const opening = client.open().catch(() => {})
    await sleep(i % 12)
    raw.resetAndDestroy()
    void opening
  }
  const client = await loggedIn(server, 'implicit')
  assert.equal((await client.upload('STOR a', 'x')).code, 226)
  server.signal('SIGTERM')
  assert.equal(await server.exited, 0)
})
