import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type net from 'node:net'
import { test } from 'node:test'
import { asked, bucketOf, held } from '../helpers/bucket-storage.ts'
import { objectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { served, type Served, type ServedProcess } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

// The gateway is a process of its own here: the store's memory and the clients' are not its.

const mib = 1024 ** 2
/** What counts lines of code takes memory of its own; and workers run with a small young generation. */
const unwatched = { NODE_V8_COVERAGE: '', NODE_OPTIONS: '--max-semi-space-size=4' }

/** Resident memory in bytes. */
function resident({ pid }: ServedProcess): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** The most while the task runs, looked at many times. */
async function mostResident(server: ServedProcess, task: () => Promise<void>): Promise<number> {
  let most = 0
  const timer = setInterval(() => (most = Math.max(most, resident(server))), 20)
  try {
    await task()
  } finally {
    clearInterval(timer)
  }
  return most
}

/** Lines of a listing, counted as they come and not kept. */
async function countLines(client: RawClient, line: string): Promise<{ readonly lines: number; readonly code: number }> {
  const { data } = await client.transfer(line)
  let lines = 0
  data.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++
  })
  await new Promise((resolve) => data.once('end', resolve).once('close', resolve))
  data.destroy()
  client.send('NOOP')
  const { code } = await client.reply()
  await client.reply()
  return { lines, code }
}

function settings(place: Pick<Served, 'configure'>, storage: unknown, memory: string): void {
  place.configure({
    kinds: ['none'],
    log: { level: 'warn', format: 'json' },
    memory,
    limits: { sessions: 2000, sessionsPerAddress: 2000, sessionsPerAccount: 2000 },
    storages: { bucket: storage },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  })
}

if (process.platform === 'linux') {
  test('a folder of 300,000 files is listed as it comes, in the memory of a page', { timeout: 300_000 }, async (t) => {
    const [warm, many] = [50_000, 300_000]
    const keyAt = (index: number) =>
      index < warm ? `a/file-${String(index).padStart(8, '0')}` : `b/file-${String(index - warm).padStart(8, '0')}`
    const double = await objectStoreDouble(t, { virtualKeys: { count: warm + many, keyAt } })
    const place = served(t)
    settings(place, bucketOf(double), '64 MiB')
    const server = await place.start(unwatched)
    const client = await loggedIn(server)
    assert.deepEqual(await countLines(client, 'LIST a'), { lines: warm, code: 226 })
    const before = await mostResident(server, async () => {
      assert.deepEqual(await countLines(client, 'LIST a'), { lines: warm, code: 226 })
    })
    const pages = asked(double)
    const first = await loggedIn(server)
    const { data } = await first.transfer('LIST b')
    await new Promise((resolve) => data.once('data', resolve))
    assert.ok(pages().length < 10, 'lines came before the pages had')
    data.destroy()
    assert.equal((await first.reply()).code, 426)
    const most = await mostResident(server, async () => {
      assert.deepEqual(await countLines(client, 'LIST b'), { lines: many, code: 226 })
    })
    t.diagnostic(`${Math.round(before / mib)} MiB before, at most ${Math.round(most / mib)} MiB during`)
    assert.ok(most - before < 16 * mib, `${before} bytes before, ${most} during`)
  })

  const count = Number(process.env['SLUICE_TEST_SLOW_UPLOADS'] ?? 200)
  test(`${count} slow uploads stay within the budget, and all are stored`, { timeout: 300_000 }, async (t) => {
    const budget = 64 * mib
    // Three times the budget in all, however many they are.
    const each = 4 * Math.floor((50 * mib) / count)
    const double = await objectStoreDouble(t)
    const place = served(t)
    settings(place, bucketOf(double), '64 MiB')
    const server = await place.start(unwatched)
    const sessions: { readonly client: RawClient; readonly data: net.Socket }[] = []
    const piece = Buffer.alloc(each / 4, 'slow')
    for (let i = 0; i < count; i++) {
      const client = await loggedIn(server)
      const { reply, data } = await client.transfer(`STOR file-${i}`)
      assert.equal(reply.code, 150)
      data.resume()
      sessions.push({ client, data })
    }
    const before = resident(server)
    const most = await mostResident(server, async () => {
      for (let round = 0; round < 3; round++) {
        for (const { data } of sessions) data.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 300))
      }
      for (const { data } of sessions) data.end(piece)
      for (const { client } of sessions) assert.equal((await client.reply()).code, 226)
    })
    t.diagnostic(`${Math.round(before / mib)} MiB before, at most ${Math.round(most / mib)} MiB during`)
    await until('all are stored', () => Object.keys(held(double).objects).length === count)
    assert.ok(Object.values(held(double).objects).every((bytes) => bytes === each))
    assert.ok(most - before < budget + 100 * mib, `${before} bytes before, ${most} during`)
  })
}
