import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { GatewayError } from '../src/core/errors.ts'
import { silentLogger } from '../src/core/logger.ts'
import { noteKilledUploads } from '../src/killed-uploads.ts'
import { runningUploads, type UnreplacedFile } from '../src/state/running-uploads.ts'
import type { Storage } from '../src/storage/contract.ts'
import { memoryStorage } from '../src/storage/drivers/memory/index.ts'
import { put } from './contract/clause.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'
import { turnedClock } from './helpers/turned-clock.ts'
import { until } from './helpers/until.ts'
import { waitingUploads } from './helpers/waiting-uploads.ts'

const clock = turnedClock()

/** A gateway one of whose processes was killed while it replaced these files; some keys can be made unanswerable. */
async function killed(t: TestContext, ...keys: readonly string[]) {
  const folder = join(temporaryFolder(t), 'running')
  const process = runningUploads(folder, { owner: 'worker-1', logger: silentLogger })
  for (const key of keys) process.begin({ account: 'ada', storage: 'files', key })
  const main = memoryStorage(clock)
  for (const key of keys) await put(main, key, 'old')
  const away = new Set<string>()
  const stat: Storage['stat'] = async (key, options) => {
    if (away.has(key)) throw new GatewayError('unavailable', 'The store does not answer.')
    return main.stat(key, options)
  }
  const noted: UnreplacedFile[] = []
  const waiting = waitingUploads(clock)
  const options = {
    ...{ folder, waiting, logger: silentLogger },
    storages: new Map([['files', { ...main, stat }]]),
    notes: { note: async (file: UnreplacedFile) => void noted.push(file) },
  }
  return { options, main, away, noted, waiting, keysNoted: () => noted.map(({ key }) => key) }
}

async function versionOf(storage: Storage, key: string): Promise<string> {
  const { entries } = await storage.list('' as never)
  const found = entries.find((entry) => entry.key === key)
  return found?.kind === 'file' ? found.version : ''
}

test('of what a killed process was replacing, the versions that stand there are noted, and nothing is left of it', async (t) => {
  const { options, main, noted } = await killed(t, 'a')
  const uploads = await noteKilledUploads(options)
  uploads.close()
  assert.deepEqual(noted, [{ account: 'ada', storage: 'files', key: 'a', version: await versionOf(main, 'a') }])
  assert.deepEqual(fs.readdirSync(options.folder), [])
})

test('where an upload waits for its rename, its version is noted: that is what the account sees', async (t) => {
  const { options, waiting, noted } = await killed(t, 'a')
  const facts = { ticket: 't', bytes: 3, modified: new Date(0), hasOwnTime: false, hashes: {} }
  await waiting.add({ account: 'ada', storage: 'files', key: 'a', finalKey: 'b', ...facts }, 't')
  const uploads = await noteKilledUploads(options)
  uploads.close()
  assert.deepEqual(
    noted.map(({ version }) => version),
    ['waiting 1'],
  )
})

test('what cannot be noted is tried again, and what has been noted is not', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { options, away, keysNoted } = await killed(t, 'a', 'b')
  away.add('b')
  const uploads = await noteKilledUploads(options)
  assert.deepEqual(keysNoted(), ['a'])
  assert.equal(fs.readdirSync(options.folder).length, 1)
  away.clear()
  t.mock.timers.tick(60_000)
  await until('the rest is noted', () => fs.readdirSync(options.folder).length === 0)
  assert.deepEqual(keysNoted(), ['a', 'b'])
  uploads.close()
})

test('what is noted and cannot be forgotten is forgotten later, and not noted again', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { options, keysNoted } = await killed(t, 'a')
  const [name = ''] = fs.readdirSync(options.folder)
  const written = join(options.folder, name)
  const note = async (file: UnreplacedFile) => {
    await options.notes.note(file)
    // Not even the superuser can remove a folder as a file.
    fs.rmSync(written)
    fs.mkdirSync(written)
  }
  const uploads = await noteKilledUploads({ ...options, notes: { note } })
  fs.rmdirSync(written)
  fs.writeFileSync(written, '')
  t.mock.timers.tick(60_000)
  await until('it is forgotten', () => fs.readdirSync(options.folder).length === 0)
  assert.deepEqual(keysNoted(), ['a'])
  uploads.close()
})

test('a store that does not answer holds up its own files only', async (t) => {
  const { options, noted } = await killed(t, 'a')
  const answers = Promise.withResolvers<null>()
  const hanging = { ...memoryStorage(clock), stat: () => answers.promise } satisfies Storage
  const left = runningUploads(options.folder, { owner: 'worker-2', logger: silentLogger })
  for (const [storage, key] of [
    ['hanging', 'x'],
    ['files', 'a'],
  ] as const)
    left.begin({ account: 'bob', storage, key })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const starting = noteKilledUploads({ ...options, storages: new Map([...options.storages, ['hanging', hanging]]) })
  while (noted.length < 2) await new Promise(setImmediate)
  t.mock.timers.tick(5_000)
  const uploads = await starting
  t.mock.timers.reset()
  assert.deepEqual(noted.map(({ account, key }) => `${account} ${key}`).toSorted(), ['ada a', 'bob a'])
  assert.equal(fs.readdirSync(options.folder).length, 1)
  answers.resolve(null)
  await until('the other one is settled', () => fs.readdirSync(options.folder).length === 0)
  uploads.close()
})

test('what a worker leaves that dies later is noted, and what another is at is not', async (t) => {
  const { options, keysNoted } = await killed(t)
  const uploads = await noteKilledUploads(options)
  for (const [owner, key] of [
    ['worker-2', 'c'],
    ['worker-21', 'd'],
  ] as const) {
    await put(options.storages.get('files') ?? assert.fail(), key, 'old')
    runningUploads(options.folder, { owner, logger: silentLogger }).begin({ account: 'ada', storage: 'files', key })
  }
  uploads.workerGone('worker-2')
  await until('it is noted', () => fs.readdirSync(options.folder).length === 1)
  assert.deepEqual(keysNoted(), ['c'])
  uploads.close()
})
