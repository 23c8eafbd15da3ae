import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineSettings } from '../src/engine.ts'
import type { Configuration } from '../src/config/schema.ts'
import { silentLogger } from '../src/core/logger.ts'
import { reloading } from '../src/reload.ts'
import { settingsOf } from '../src/settings.ts'
import { loadRight } from './config/drivers.ts'
import { certificateIn, shownFingerprint, type CertificateFiles } from './helpers/certificates.ts'
import { gateway } from './helpers/gateway.ts'
import { connected, loggedIn } from './helpers/raw-client.ts'
import { served } from './helpers/served.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'
import { until } from './helpers/until.ts'

const archive = { archive: { driver: 'memory' } }

test('a reload whose account mounts a storage that is not open is refused whole, by the name of the storage', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const bob = { name: 'bob', mounts: [{ path: '/old', storage: 'archive' }] }
  server.settings = { kinds: ['none'], accounts: [bob], storages: archive }
  await assert.rejects(server.running.reload(), {
    message: /^The account bob mounts the storage archive, which was not/,
  })
  await loggedIn(server, 'none', { name: 'ada' })
  const stranger = await connected(server)
  assert.deepEqual(await stranger.codes('USER bob', 'PASS open sesame'), [331, 530])
})

test('what only a restart can change is told in one warning, and stays as it was', async (t) => {
  const server = await gateway(t, { kinds: ['none', 'explicit'] })
  server.settings = {
    ...{ kinds: ['none'], workers: 2, storages: archive, passive: { ports: 50_000 } },
    tls: { minimumVersion: 'TLSv1.3' },
    uploads: { keepFor: '1m' },
    log: { file: 'elsewhere.log', level: 'debug' },
    limits: { drainTimeout: '2s' },
  }
  const inForce = await server.running.reload()
  const warnings = server.log.filter(({ level }) => level === 'warn').map(({ message }) => message)
  assert.deepEqual(warnings, [
    'Only a restart takes over what has changed in: listeners, passive, storages, workers, tls.minimumVersion, uploads.keepFor, log.file, limits.drainTimeout.',
  ])
  assert.deepEqual([inForce.listeners.length, inForce.workers, inForce.log.file], [2, 1, null])
  assert.equal(inForce.log.level, 'debug')
  await loggedIn(server, 'explicit')
})

test('a reload that changes only what it can take over says nothing of a restart', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  server.settings = { kinds: ['none'], limits: { sessions: 5 }, uploads: { maxFileBytes: 5 }, log: { level: 'debug' } }
  await server.running.reload()
  assert.deepEqual(
    server.log.filter(({ level }) => level === 'warn'),
    [],
  )
})

test('after a reload the certificates that it names are watched, and those from before no more', async (t) => {
  const folder = temporaryFolder(t)
  const [before, after] = [certificateIn(folder, 'before'), certificateIn(folder, 'after')]
  const filesOf = ({ certificateFile, keyFile }: CertificateFiles) => ({ certificateFile, keyFile })
  const server = await gateway(t, { kinds: ['implicit'], tls: filesOf(before) })
  server.settings = { kinds: ['implicit'], tls: filesOf(after) }
  await server.running.reload()
  writeFileSync(before.keyFile, 'no key')
  const { fingerprint } = certificateIn(folder, 'after')
  const isTold = () => server.log.some(({ message }) => message === 'certificates reloaded')
  await until('the new one is told of', isTold)
  assert.equal(await shownFingerprint(server), fingerprint)
  assert.deepEqual(
    server.log.filter(({ level }) => level === 'error'),
    [],
  )
})

test('reloads go one after the other, and those that wait for a turn are one', async () => {
  const first = await loadRight('listeners: [{ port: 0, tls: none }]')
  const events: string[] = []
  const gates: PromiseWithResolvers<void>[] = []
  let settings: EngineSettings = await settingsOf(first)
  const reloads = reloading({
    first,
    async read() {
      const at = gates.push(Promise.withResolvers<void>())
      events.push(`read ${at}`)
      await gates[at - 1]?.promise
      return { ...first, limits: { ...first.limits, sessions: at } } satisfies Configuration
    },
    settings: () => settings,
    apply(next) {
      settings = next
      events.push(`apply ${next.limits.sessions}`)
    },
    logger: silentLogger,
  })
  const asked = [reloads.reload()]
  while (gates.length === 0) await sleep(1)
  asked.push(reloads.reload(), reloads.reload())
  await sleep(5)
  assert.deepEqual(events, ['read 1'])
  gates[0]?.resolve()
  while (gates.length === 1) await sleep(1)
  gates[1]?.resolve()
  const results = await Promise.all(asked)
  reloads.close()
  assert.deepEqual(events, ['read 1', 'apply 1', 'read 2', 'apply 2'])
  assert.deepEqual(
    results.map(({ limits }) => limits.sessions),
    [1, 2, 2],
  )
})

test('a reload that fails leaves the turn to the next', async () => {
  const first = await loadRight('listeners: [{ port: 0, tls: none }]')
  const settings = await settingsOf(first)
  let reads = 0
  const read = async () => {
    if (++reads === 1) throw new Error('broken')
    return first
  }
  const reloads = reloading({ first, read, settings: () => settings, apply: () => {}, logger: silentLogger })
  await assert.rejects(reloads.reload(), /broken/)
  assert.deepEqual((await reloads.reload()).limits, first.limits)
  reloads.close()
})

for (const workers of [1, 2])
  test(`a new log level counts at once, with ${workers} worker(s)`, async (t) => {
    const log = { level: 'info', format: 'json' }
    const place = served(t, { kinds: ['none'], log, workers })
    const server = await place.start()
    const client = await loggedIn(server)
    place.configure({ kinds: ['none'], log: { ...log, level: 'debug' }, workers })
    server.signal('SIGHUP')
    await server.logged('The configuration was read again.')
    for (let i = 0; i < 100 && !server.lines.some((line) => line.includes('"debug"')); i++) {
      await client.command('NOOP')
      await sleep(20)
    }
    await server.logged('"level":"debug"')
    assert.equal((await client.upload('STOR a', 'x')).code, 226)
    const { worker } = JSON.parse(await server.logged('"msg":"transfer"')) as { readonly worker?: string }
    assert.match(worker ?? 'none', workers === 1 ? /^none$/ : /^worker-\d$/)
    server.signal('SIGTERM')
    assert.equal(await server.exited, 0)
  })
