import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { bucketOf, bucketOn, held } from '../helpers/bucket-storage.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'
import { served, type Served } from '../helpers/served.ts'
import { until } from '../helpers/until.ts'

const launcher = new URL('../../bin/sluice.cjs', import.meta.url).pathname

function place(t: TestContext, storage: unknown): Served {
  return served(t, {
    kinds: ['none'],
    log: { level: 'warn', format: 'json' },
    memory: '40 MiB',
    storages: { bucket: storage },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }], incompleteUploads: 'resume' }],
  })
}

/** Runs one command beside the test: the store is in this process. */
async function sluice({ configFile, folder }: Served, ...args: readonly string[]) {
  const child = spawn(process.execPath, [launcher, ...args, '--config', configFile], { cwd: folder })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, stdout, stderr }
}

for (const kind of ['s3', 'cos'] as const) {
  test(`doctor tries everything, says that all works, and leaves nothing behind (${kind})`, async (t) => {
    const double = await objectStoreDouble(t, { kind })
    const there = place(t, bucketOf(double, { prefix: 'in/2026/' }))
    const { status, stdout, stderr } = await sluice(there, 'doctor', 'storage', 'bucket', '--json')
    assert.equal(stderr, '')
    const report = JSON.parse(stdout) as { verdict: string; findings: { verdict: string; probe: string }[] }
    assert.deepEqual(
      report.findings.filter(({ verdict }) => verdict !== 'works'),
      [],
    )
    assert.equal(report.verdict, 'fit')
    assert.ok(report.findings.length >= 15)
    assert.equal(status, 0)
    assert.deepEqual(held(double), { objects: {}, unfinished: [] })
    assert.ok(
      double.requests.filter(({ method }) => method === 'PUT').every(({ key }) => key.startsWith('in/2026/.sluice/')),
    )
  })
}

test('doctor says what may not be done, in the words of the store, and fails where it is needed', async (t) => {
  const double = await objectStoreDouble(t)
  const there = place(t, bucketOf(double))
  const fault = { kind: 'error', status: 403, code: 'AccessDenied' } as const
  double.rules.add({ op: 'UploadPartCopy', fault })
  const without = await sluice(there, 'doctor', 'storage', 'bucket')
  assert.match(without.stdout, /^refused +copy of a part +AccessDenied: .*can do without/m)
  assert.equal(without.status, 0)
  double.rules.add({ op: 'PutObject', fault })
  const refused = await sluice(there, 'doctor', 'storage', 'bucket')
  assert.match(refused.stdout, /^refused +put +AccessDenied/m)
  assert.equal(refused.status, 1)
  assert.deepEqual(held(double), { objects: {}, unfinished: [] })
  const unknown = await sluice(there, 'doctor', 'storage', 'nowhere')
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /There is no storage named nowhere/)
  assert.equal((await sluice(there, 'doctor', 'storage', 'files')).status, 0)
})

if (hasRealS3())
  test('doctor on a real server', async (t) => {
    const there = place(t, bucketOn(await realS3()))
    const { status, stdout } = await sluice(there, 'doctor', 'storage', 'bucket')
    t.diagnostic(stdout)
    assert.equal(status, 0)
  })

/** One upload that its owner may go on with, and one of somebody unknown. */
async function leaveTwo(double: ObjectStoreDouble, there: Served): Promise<void> {
  const server = await there.start()
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR kept')
  data.write(randomBytes(6 * 1024 ** 2))
  await until('a part is stored', () => double.requests.some(({ op, status }) => op === 'UploadPart' && status === 200))
  await until('it is acknowledged', () => double.open === 0)
  data.resetAndDestroy()
  assert.equal((await client.reply()).code, 426)
  server.signal('SIGTERM')
  await server.exited
  const [upload] = double.bucket.uploads.values()
  assert.ok(upload)
  double.bucket.uploads.set('orphan', { ...upload, id: 'orphan', key: 'orphan' })
}

test('uploads are listed with their owners, and aborted in journal and store', async (t) => {
  const double = await objectStoreDouble(t)
  const there = place(t, bucketOf(double))
  await leaveTwo(double, there)
  const young = await sluice(there, 'uploads', 'list', '--older-than', '1h')
  assert.equal(young.stdout, '')
  assert.match(young.stderr, /^No unfinished upload has been left alone for 1h; see --older-than\.$/m)
  const list = await sluice(there, 'uploads', 'list', '--older-than', '0s', '--storage', 'bucket')
  assert.match(
    list.stdout,
    /^bucket {2}ada {2}"\/kept" {2}kept {2}.*\nbucket {2}– {2}"orphan" {2}nobody's {2}.* {2}5242880 bytes {2}orphan\n$/,
  )
  const json = await sluice(there, 'uploads', 'list', '--older-than', '0s', '--json')
  const told = (JSON.parse(json.stdout) as Readonly<Record<string, unknown>>[]).map(
    ({ since, ageMilliseconds, ...facts }) => {
      assert.ok(Date.parse(String(since)) <= Date.now() && Number(ageMilliseconds) >= 0)
      return facts
    },
  )
  const unknown = { account: null, path: null, key: null, uploadId: null, bytes: null }
  assert.deepEqual(told, [
    { ...unknown, storage: 'bucket', state: 'kept', account: 'ada', path: '/kept' },
    { ...unknown, storage: 'bucket', state: "nobody's", key: 'orphan', uploadId: 'orphan', bytes: 5_242_880 },
  ])
  const dry = await sluice(there, 'uploads', 'abort', '--older-than', '0s', '--dry-run')
  assert.match(dry.stdout, /"\/kept".*would be aborted/)
  assert.match(dry.stdout, /^bucket: 1 more that nobody can go on with: would be aborted$/m)
  assert.equal(double.bucket.uploads.size, 2)
  const abort = await sluice(there, 'uploads', 'abort', '--older-than', '0s')
  assert.match(abort.stdout, /"\/kept".*: aborted\n/)
  assert.equal(abort.status, 0)
  assert.deepEqual(held(double), { objects: {}, unfinished: [] })
  assert.doesNotMatch((await sluice(there, 'uploads', 'list', '--older-than', '0s')).stdout, /kept/)
})

test('uploads that came whole and wait for their rename are listed, and never aborted', async (t) => {
  const double = await objectStoreDouble(t)
  const there = place(t, bucketOf(double))
  const server = await there.start()
  const client = await loggedIn(server)
  assert.equal((await client.upload('STOR report.tmp', 'content')).code, 226)
  server.signal('SIGTERM')
  await server.exited
  const list = await sluice(there, 'uploads', 'list', '--older-than', '0s', '--storage', 'bucket')
  assert.match(list.stdout, /^bucket {2}ada {2}"report\.tmp" {2}waiting {2}\d\S* {2}7 bytes\n$/)
  const abort = await sluice(there, 'uploads', 'abort', '--older-than', '0s')
  assert.match(abort.stdout, /"report\.tmp".*: whole, left alone\n/)
  assert.deepEqual(held(double), { objects: {}, unfinished: ['report'] })
})
