import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { asked, bucketOf, bucketOn } from '../helpers/bucket-storage.ts'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import { password } from '../helpers/gateway-configuration.ts'
import { objectStoreDouble } from '../helpers/object-store-double/object-store-double.ts'
import { loggedIn } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'

// How clients upload under a temporary name: curl told to, lftp by a setting.

const run = promisify(execFile)
const small = Buffer.from('a small file')
const large = randomBytes(11 * 1024 ** 2)

interface Client {
  readonly name: string
  readonly upload: (url: string, local: string, name: string) => Promise<unknown>
}

const clients: readonly Client[] = [
  {
    name: 'curl',
    upload: (url, local, name) =>
      run('curl', [
        ...['--silent', '--show-error', '--user', `ada:${password}`, '-T', join(local, name)],
        ...['-Q', `-RNFR ${name}.tmp`, '-Q', `-RNTO ${name}`, `${url}/${name}.tmp`],
      ]),
  },
  {
    name: 'lftp',
    upload: (url, local, name) => {
      const settings =
        'set ftp:ssl-allow no; set xfer:use-temp-file yes; set xfer:temp-file-name .in.*; set net:max-retries 1'
      return run('lftp', ['-u', `ada,${password}`, '-e', `${settings}; put ${join(local, name)}; exit`, url])
    },
  },
]

const isThere = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

async function uploads(t: TestContext, { upload }: Client, storage: unknown): Promise<void> {
  const server = await gateway(t, {
    ...{ kinds: ['none'], memory: '40 MiB', storages: { bucket: storage } },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  })
  const local = mkdtempSync(join(tmpdir(), 'sluice-client-'))
  t.after(() => rmSync(local, { recursive: true, force: true }))
  for (const [name, body] of [
    ['small', small],
    ['large', large],
  ] as const) {
    writeFileSync(join(local, name), body)
    await upload(`ftp://127.0.0.1:${server.ports.none}`, local, name)
  }
  await holds(server, { small, large })
}

async function holds(server: GatewayUnderTest, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const client = await loggedIn(server)
  assert.equal((await client.download('NLST')).bytes.toString(), 'large\r\nsmall\r\n')
  for (const [name, body] of Object.entries(files))
    assert.ok((await client.download(`RETR ${name}`)).bytes.equals(body), `${name} is not what was sent`)
}

for (const client of clients.filter(({ name }) => isThere(name))) {
  test(`${client.name} uploads under a temporary name, and nothing is copied`, async (t) => {
    const double = await objectStoreDouble(t)
    const requests = asked(double)
    await uploads(t, client, bucketOf(double))
    const done = requests()
    assert.equal(done.filter((op) => op === 'CompleteMultipartUpload').length, 2, done.join())
    assert.ok(!done.some((op) => op === 'PutObject' || op === 'UploadPartCopy'), done.join())
    // lftp sets the time of what it has sent: an object is copied onto itself for that, and onto nothing else.
    const copies = double.requests.filter(({ op }) => op === 'CopyObject')
    for (const { key, headers } of copies) assert.equal(headers['x-amz-copy-source'], `/${double.bucketName}/${key}`)
    assert.equal(copies.length, client.name === 'lftp' ? 2 : 0)
  })

  if (hasRealS3())
    test(`${client.name} uploads under a temporary name to a real server`, async (t) =>
      uploads(t, client, bucketOn(await realS3())))
}
