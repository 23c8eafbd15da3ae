import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyPassword } from '../../src/accounts/password-hash.ts'
import { stopRequests } from '../../src/cli/serve/stop-requests.ts'
import { turnedClock } from '../helpers/turned-clock.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'
import { run, start } from './sluice.ts'

const onFreePorts = ['serve', '--address', '127.0.0.1', '--port', '0', '--implicit-port', '0']
const ready = 'Sluice is ready.'

test('each listener is told with the port it got, then that all is ready; SIGTERM ends with 0', async (t) => {
  const sluice = start(t, onFreePorts)
  const [first, second] = [await sluice.line('Listening'), await sluice.line('Listening')]
  assert.deepEqual([first['address'], first['tls'], second['tls']], ['127.0.0.1', 'explicit', 'implicit'])
  for (const { port } of [first, second]) await once(connect({ port: port as number, host: '127.0.0.1' }), 'connect')
  assert.equal((await sluice.line(ready))['level'], 'info')
  sluice.signal('SIGTERM')
  assert.equal((await sluice.ended).status, 0)
})

test('the first start makes a password, shows it once and keeps its hash; later starts keep it, --new-password does not', async (t) => {
  const folder = temporaryFolder(t)
  const startOnce = async (...more: string[]) => {
    const sluice = start(t, [...onFreePorts, ...more], { folder })
    assert.deepEqual((await sluice.line('accounts'))['names'], ['sluice'])
    await sluice.line(ready)
    sluice.signal('SIGINT')
    const { status, stdout, stderr } = await sluice.ended
    assert.equal(status, 0)
    const password = /Password +(\S+-\S+)/.exec(stderr)?.[1] ?? null
    assert.ok(password === null || !stdout.includes(password), 'a password in the log')
    return password
  }
  const kept = () => {
    const { passwordHash } = JSON.parse(readFileSync(join(folder, '.sluice/first-account.json'), 'utf8')) as Record<
      string,
      string
    >
    return passwordHash ?? ''
  }
  const password = await startOnce()
  assert.match(password ?? '', /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/)
  const hash = kept()
  assert.ok(await verifyPassword(hash, Buffer.from(password ?? '')))
  assert.equal(statSync(join(folder, '.sluice/first-account.json')).mode & 0o777, 0o600)
  assert.equal(await startOnce(), null)
  assert.equal(kept(), hash)
  const renewed = await startOnce('--new-password')
  assert.notEqual(renewed, password)
  assert.ok(await verifyPassword(kept(), Buffer.from(renewed ?? '')))
})

test('folder, user and password file stand for a configuration', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'password'), 'geheim\n')
  const sluice = start(t, [...onFreePorts, 'files', '--user', 'ada', '--password-file', 'password', '--state', 'st'], {
    folder,
  })
  assert.deepEqual((await sluice.line('accounts'))['names'], ['ada'])
  await sluice.line(ready)
  sluice.signal('SIGTERM')
  assert.equal((await sluice.ended).stderr, '')
})

test('a port in use is one sentence and status 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const { status, stdout, stderr } = await run(t, ['serve', '--address', '127.0.0.1', '--port', String(port)])
  assert.equal(status, 1)
  assert.equal(stderr, `sluice: Port ${port} of 127.0.0.1 is in use by another program.\n`)
  assert.ok(!stdout.includes('Listening'))
})

test('a mistake in the configuration is told before anything opens, with status 78', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'bad.yaml'), 'limits:\n  sesions: 5\nworkers: 0\n', { mode: 0o600 })
  const { status, stdout, stderr } = await run(t, ['serve', '--config', 'bad.yaml'], { folder })
  assert.equal(status, 78)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^bad\.yaml:2: limits\.sesions: .*sessions\?\nbad\.yaml:3: workers: .*\nsluice: The configuration has 2 mistakes\.\n$/,
  )
})

test('what the file has cannot be given on the command line as well', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(
    join(folder, 'a.yaml'),
    'listeners: [{ port: 0 }]\nstorages: { files: { driver: disk, directory: x } }\naccounts: [{ name: a, password: "${env:P}", mounts: [{ storage: files }] }]\n',
  )
  const serve = (...args: string[]) =>
    run(t, ['serve', '--config', 'a.yaml', ...args], { folder, environment: { P: 'p' } })
  assert.match((await serve('elsewhere')).stderr, /^a\.yaml:2: storages: Stands in the file/)
  assert.match((await serve('--user', 'b')).stderr, /^a\.yaml:3: accounts: Stands in the file/)
  assert.match(
    (await serve('--implicit-port', '0')).stderr,
    /^a\.yaml:1: listeners: None of them is meant by --implicit-port\./,
  )
  assert.equal((await serve('--new-password')).status, 2)
})

test('SIGHUP takes over a new file, and keeps the old one when the new one is broken, saying why', async (t) => {
  const folder = temporaryFolder(t)
  const write = (text: string) => writeFileSync(join(folder, 'a.yaml'), text)
  const rest = 'listeners: [{ port: 0, address: 127.0.0.1 }]\n'
  write(`limits: { sessions: 5 }\n${rest}`)
  const sluice = start(t, ['serve', '--config', 'a.yaml'], { folder })
  await sluice.line(ready)
  write(`limits: { sessions: 6 }\n${rest}`)
  sluice.signal('SIGHUP')
  const reloaded = await sluice.line('"reloaded"')
  assert.equal(reloaded['sessions'], 6)
  assert.equal((reloaded['hashes'] as number[]).length, 1)
  write(`limits: { sessions: 0 }\nworkers: none\n${rest}`)
  sluice.signal('SIGHUP')
  const problem = await sluice.line('limits.sessions')
  assert.deepEqual([problem['level'], problem['msg']], ['error', 'a.yaml:1: limits.sessions: Must be at least 1.'])
  await sluice.line('a.yaml:2: workers')
  await sluice.line('The configuration was not taken over.')
  write(`log: { level: warn }\nlimits: { sessions: 8 }\n${rest}`)
  sluice.signal('SIGHUP')
  assert.equal((await sluice.line('"reloaded"'))['sessions'], 8)
  sluice.signal('SIGTERM')
  const { status, stdout } = await sluice.ended
  assert.equal(status, 0)
  assert.ok(!stdout.includes('Stopped.'), 'the new level counts for loggers in use')
})

test('a second SIGTERM does not wait for the end of the drain, and tells so by status 1', async (t) => {
  const sluice = start(t, onFreePorts, { environment: { PRETEND: 'slow' } })
  await sluice.line(ready)
  sluice.signal('SIGTERM')
  await sluice.line('Stopping')
  await sleep(250)
  sluice.signal('SIGTERM')
  assert.equal((await sluice.ended).status, 1)
})

/** A world in which signals come when they are sent, and a terminal that can be closed. */
function signals(world: { hasTerminal: boolean }) {
  const clock = turnedClock()
  const listeners: (() => void)[] = []
  const statuses: number[] = []
  let reloads = 0
  const stopped = stopRequests(
    {
      clock,
      hasTerminal: () => world.hasTerminal,
      on: (_event, listener) => void listeners.push(listener),
      exitAtOnce: (status) => void statuses.push(status),
    },
    { onReload: () => reloads++ },
  )
  return { clock, listeners, statuses, stopped, reloads: () => reloads }
}

test('SIGHUP of a terminal that was closed ends the service; any other one is a reload', async () => {
  for (const before of [true, false]) {
    const world = { hasTerminal: before }
    const { listeners, stopped, reloads } = signals(world)
    const hangUp = listeners[2]
    hangUp?.()
    assert.equal(reloads(), 1)
    world.hasTerminal = false
    hangUp?.()
    assert.equal(reloads(), before ? 1 : 2)
    if (before) await stopped
  }
})

test('one request that comes twice, to the group and to the process, is one', () => {
  const { clock, listeners, statuses } = signals({ hasTerminal: false })
  const [terminate, interrupt] = listeners
  terminate?.()
  clock.turn(10)
  terminate?.()
  clock.turn(189)
  interrupt?.()
  assert.deepEqual(statuses, [])
  clock.turn(1)
  interrupt?.()
  assert.deepEqual(statuses, [1])
})

test('an error that nobody caught is logged with its stack, and the service goes on', async (t) => {
  const sluice = start(t, onFreePorts, { environment: { PRETEND: 'bug' } })
  const { port } = await sluice.line('Listening')
  await sluice.line(ready)
  connect({ port: port as number, host: '127.0.0.1' }).on('error', () => {})
  const { level, error } = await sluice.line('nobody catches this')
  assert.equal(level, 'error')
  assert.match((error as Record<string, string>)['stack'] ?? '', /TypeError: nobody catches this\n +at /)
  sluice.signal('SIGTERM')
  assert.equal((await sluice.ended).status, 0)
})

test('a gateway that ends by itself is an error, with status 1', async (t) => {
  const sluice = start(t, onFreePorts, { environment: { PRETEND: 'end' } })
  const { port } = await sluice.line('Listening')
  connect({ port: port as number, host: '127.0.0.1' }).on('error', () => {})
  await sluice.line('The gateway has ended by itself.')
  assert.equal((await sluice.ended).status, 1)
})

test('with the log in a file, standard output still tells the ports; SIGHUP follows a file that was moved away', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'log'))
  const environment = { SLUICE__LOG__FILE: 'log/a.log', SLUICE__LOG__FORMAT: 'json' }
  const sluice = start(t, onFreePorts, { folder, environment })
  await sluice.line('Listening')
  await sluice.line(ready)
  renameSync(join(folder, 'log/a.log'), join(folder, 'log/old.log'))
  sluice.signal('SIGHUP')
  const hasEnded = sluice.ended.then(() => true)
  const pause = () => new Promise<boolean>((resolve) => setTimeout(resolve, 10, false))
  while (!exists(join(folder, 'log/a.log'))) if (await Promise.race([hasEnded, pause()])) break
  sluice.signal('SIGTERM')
  const { status, stdout } = await sluice.ended
  assert.equal(status, 0)
  assert.match(readFileSync(join(folder, 'log/old.log'), 'utf8'), /Sluice is ready/)
  assert.match(readFileSync(join(folder, 'log/a.log'), 'utf8'), /Stopped\./)
  assert.ok(!stdout.includes('Stopped'))
})

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}
