import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { served, type ServedProcess } from '../helpers/served.ts'
import { filesBelow, fillUp, noSmallDisk, onSmallDisk, seenBy } from '../helpers/small-disk.ts'

const diskBytes = 4 * 1024 ** 2
const policies = ['discard', 'resume', 'publish'] as const
const tooMuch = randomBytes(diskBytes + 1)

interface Opened {
  readonly server: ServedProcess
  /** The small disk, seen from here. */
  readonly disk: string
}

async function open(t: TestContext, small: 'files' | 'state'): Promise<Opened> {
  const settings = {
    ...{ kinds: ['none'] as const, log: { level: 'info', format: 'json' } },
    accounts: policies.map((name) => ({ name, incompleteUploads: name })),
  }
  const place = served(t, settings, { under: (folder) => onSmallDisk(join(folder, small), diskBytes) })
  mkdirSync(join(place.folder, small), { recursive: true })
  const server = await place.start()
  return { server, disk: seenBy(server.pid, join(place.folder, small)) }
}

/** Nothing but these, under any name. */
function assertHolds(disk: string, expected: Readonly<Record<string, Buffer>>): void {
  const files = filesBelow(disk)
  assert.deepEqual([...files.keys()].toSorted(), Object.keys(expected).toSorted())
  for (const [name, bytes] of Object.entries(expected)) assert.ok(files.get(name)?.equals(bytes), name)
}

type Way = (client: RawClient) => Promise<number>

async function restarted(client: RawClient, offset: number): Promise<number> {
  assert.equal((await client.command(`REST ${offset}`)).code, 350)
  return (await client.upload('STOR old', tooMuch)).code
}

/** How the last byte of the disk may be reached. The old file is a megabyte and a half. */
const waysToFill: Readonly<Record<string, Way>> = {
  'a new file': async (client) => (await client.upload('STOR new', tooMuch)).code,
  'a file under a name of its own': async (client) => (await client.upload('STOU', tooMuch)).code,
  'what is added to a file': async (client) => (await client.upload('APPE old', tooMuch)).code,
  'what is added to a file in place': async (client) =>
    (await client.upload('APPE old', tooMuch.subarray(0, 1_400_000))).code,
  'a file that goes on from its end': async (client) => restarted(client, 1_500_000),
  'a file that goes on from its middle': async (client) => restarted(client, 700_000),
  // The last one: nothing goes on from the old file after it.
  'a file in place of another': async (client) => (await client.upload('STOR old', tooMuch)).code,
}

async function tellsStorageFull(t: TestContext): Promise<void> {
  const { server, disk } = await open(t, 'files')
  for (const policy of policies) {
    const client = await loggedIn(server, 'none', { name: policy })
    const old = randomBytes(1_500_000)
    assert.equal((await client.upload('STOR old', old)).code, 226)
    for (const [what, fill] of Object.entries(waysToFill)) {
      assert.equal(await fill(client), 452, `${policy}: ${what}`)
      assertHolds(disk, { old })
    }
    const fresh = randomBytes(1_000_000)
    assert.equal((await client.upload('STOR old', fresh)).code, 226)
    assertHolds(disk, { old: fresh })
  }
}

async function refusesSmallFiles(t: TestContext): Promise<void> {
  const { server, disk } = await open(t, 'files')
  const client = await loggedIn(server, 'none', { name: 'discard' })
  const old = Buffer.from('the old file')
  assert.equal((await client.upload('STOR old', old)).code, 226)
  const filled = Buffer.alloc(fillUp(disk, 'filled'))
  for (const line of ['STOR new', 'STOU', 'APPE old', 'STOR old'])
    assert.equal((await client.upload(line, randomBytes(5000))).code, 452, line)
  assertHolds(disk, { old, filled })
  assert.deepEqual(
    await client.codes('RNFR old', 'RNTO other', 'RNFR other', 'RNTO old', 'NOOP'),
    [350, 250, 350, 250, 200],
  )
  assert.equal((await client.download('RETR old')).bytes.toString(), old.toString())
  rmSync(join(disk, 'filled'))
  assert.equal((await client.upload('STOR new', randomBytes(5000))).code, 226)
}

async function racesForTheLastBytes(t: TestContext): Promise<void> {
  const { server, disk } = await open(t, 'files')
  const bodies = [randomBytes(2_500_000), randomBytes(2_500_000)]
  const codes = await Promise.all(
    bodies.map(async (body, index) => {
      const client = await loggedIn(server, 'none', { name: 'resume' })
      return (await client.upload(`STOR race${index}`, body)).code
    }),
  )
  assert.ok(codes.every((code) => code === 226 || code === 452) && codes.includes(452), codes.join())
  const stored = bodies.map((body, index) => [`race${index}`, body] as const).filter((_, index) => codes[index] === 226)
  assertHolds(disk, Object.fromEntries(stored))
}

async function servesWithoutState(t: TestContext): Promise<void> {
  const { server, disk } = await open(t, 'state')
  const client = await loggedIn(server, 'none', { name: 'discard' })
  assert.equal((await client.upload('STOR old', 'the old file')).code, 226)
  fillUp(disk, 'filled')
  assert.equal((await client.upload('STOR new', randomBytes(100_000))).code, 226)
  assert.deepEqual(await client.codes('HASH new', 'RNFR new', 'RNTO newer', 'MKD d'), [213, 350, 250, 257])
  const { data } = await client.transfer('STOR old')
  data.on('error', () => {})
  await new Promise((resolve) => data.write('so', resolve))
  assert.deepEqual(await client.codes('ABOR'), [426])
  assert.equal((await client.reply()).code, 226)
  assert.equal((await client.upload('APPE old', 'mething else')).code, 554)
  const resuming = await loggedIn(server, 'none', { name: 'resume' })
  assert.equal((await resuming.upload('STOR kept', 'x')).code, 451)
  rmSync(join(disk, 'filled'))
  assert.equal((await resuming.upload('STOR kept', 'x')).code, 226)
}

const sentences: Readonly<Record<string, (t: TestContext) => Promise<void>>> = {
  'a disk that becomes full during an upload: 452, nothing is left of it, and the old file stays': tellsStorageFull,
  'on a full disk small files are refused, files can be renamed and read, and with room all goes on': refusesSmallFiles,
  'of two uploads that race for the last bytes none is published in part': racesForTheLastBytes,
  'with a full state directory files come and go, and only what must be remembered is refused': servesWithoutState,
}

for (const [sentence, body] of Object.entries(sentences)) {
  if (noSmallDisk === null) test(sentence, body)
  else
    test(`NOT TRIED, for no small disk can be mounted here (${noSmallDisk}): ${sentence}`, (t) => {
      t.diagnostic('Run it as root, or where users may make mount namespaces.')
      assert.equal(process.env['CI'], undefined, 'In CI it has to be tried.')
    })
}
