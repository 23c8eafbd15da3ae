import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { Client } from 'basic-ftp'
import { gateway, type GatewayUnderTest } from '../helpers/gateway.ts'
import { password } from '../helpers/gateway-configuration.ts'

const run = promisify(execFile)
const here = new URL('.', import.meta.url).pathname
const isRequired = process.env['SLUICE_TEST_REQUIRE_CLIENTS'] === '1'

const versions = ['TLSv1.2', 'TLSv1.3'] as const
type Version = (typeof versions)[number]

/** How a client speaks. */
interface Way {
  readonly kind: 'none' | 'explicit' | 'implicit'
  readonly version: Version | null
}

const ways: readonly Way[] = [
  { kind: 'none', version: null },
  ...versions.flatMap((version) => [{ kind: 'explicit', version } as const, { kind: 'implicit', version } as const]),
]

const nameOf = ({ kind, version }: Way) => (version === null ? 'in clear' : `${kind} ${version}`)

function isThere(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).status === 0
}

interface Setting {
  readonly server: GatewayUnderTest
  readonly port: number
  /** A folder of the client's own. */
  readonly local: string
  readonly way: Way
}

/** What a client is to leave behind: the same for all of them. */
const big = Buffer.alloc(1_500_000, 'all of it ')

async function setting(t: TestContext, way: Way): Promise<Setting> {
  const server = await gateway(t, { kinds: [way.kind] })
  const local = mkdtempSync(join(tmpdir(), 'sluice-client-'))
  t.after(() => rmSync(local, { recursive: true, force: true }))
  writeFileSync(join(local, 'big'), big)
  writeFileSync(join(local, 'part'), big.subarray(0, 500_000))
  mkdirSync(join(server.files, 'there'))
  writeFileSync(join(server.files, 'there', 'a file'), 'hello')
  return { server, port: server.ports[way.kind], local, way }
}

function holds(server: GatewayUnderTest, name: string, expected: Uint8Array): void {
  assert.ok(readFileSync(join(server.files, name)).equals(expected), `${name} is not what was sent`)
}

/** A program that is there or is not: where it is not, the test's name says so; under CI it fails. */
function each(client: string, isPresent: boolean, play: (setting: Setting) => Promise<void>, only = ways): void {
  if (!isPresent) {
    test(`${client}: skipped: no ${client} here`, () => {
      const isNeeded = isRequired && ['curl', 'lftp', 'python3'].includes(client)
      assert.ok(!isNeeded, `${client} is required here`)
    })
    return
  }
  for (const way of only)
    test(`${client} lists, uploads, downloads, resumes, renames and deletes (${nameOf(way)})`, async (t) =>
      play(await setting(t, way)))
}

each('basic-ftp', true, async ({ server, port, local, way: { kind, version } }) => {
  const client = new Client()
  const secureOptions =
    version === null ? {} : { secureOptions: { rejectUnauthorized: false, minVersion: version, maxVersion: version } }
  try {
    const secure = kind === 'none' ? false : kind === 'implicit' ? 'implicit' : true
    await client.access({ host: '127.0.0.1', port, user: 'ada', password, secure, ...secureOptions })
    assert.deepEqual(
      (await client.list('there')).map(({ name, size }) => [name, size]),
      [['a file', 5]],
    )
    await client.uploadFrom(join(local, 'part'), 'big')
    await client.appendFrom(Readable.from([big.subarray(500_000)]), 'big')
    holds(server, 'big', big)
    writeFileSync(join(local, 'down'), big.subarray(0, 1000))
    await client.downloadTo(join(local, 'down'), 'big', 1000)
    assert.ok(readFileSync(join(local, 'down')).equals(big))
    await client.rename('big', 'there/renamed')
    assert.equal(await client.size('there/renamed'), big.length)
    await client.remove('there/renamed')
    await client.ensureDir('x/y')
    await client.cd('/')
    await client.removeDir('x')
    assert.deepEqual(
      (await client.list()).map(({ name }) => name),
      ['there'],
    )
  } finally {
    client.close()
  }
})

each('curl', isThere('curl', '--version'), async ({ server, port, local, way: { kind, version } }) => {
  const scheme = kind === 'implicit' ? 'ftps' : 'ftp'
  const url = (path: string) => `${scheme}://127.0.0.1:${port}/${path}`
  const tls = version === null ? [] : ['-k', '--ssl-reqd', `--${version.toLowerCase()}`, '--tls-max', version.slice(4)]
  const curl = (...args: readonly string[]) =>
    run('curl', ['-sS', '--max-time', '30', '-u', `ada:${password}`, ...tls, ...args], { encoding: 'buffer' })
  assert.equal((await curl('-l', url('there/'))).stdout.toString(), 'a file\n')
  await curl('-T', join(local, 'part'), url('big'))
  await curl('-C', '-', '-T', join(local, 'big'), url('big'))
  holds(server, 'big', big)
  writeFileSync(join(local, 'down'), big.subarray(0, 1000))
  await curl('-C', '-', '-o', join(local, 'down'), url('big'))
  assert.ok(readFileSync(join(local, 'down')).equals(big))
  assert.equal((await curl('-r', '0-4', url('there/a%20file'))).stdout.toString(), 'hello')
  assert.match((await curl('-I', url('big'))).stdout.toString(), new RegExp(`Content-Length: ${big.length}`))
  await curl('--ftp-create-dirs', '-T', join(local, 'part'), url('new/folder/file'))
  holds(server, 'new/folder/file', big.subarray(0, 500_000))
  await curl('-Q', 'RNFR big', '-Q', 'RNTO renamed', url(''))
  holds(server, 'renamed', big)
  await curl('-Q', 'DELE renamed', url(''))
})

each('lftp', isThere('lftp', '--version'), async ({ port, local, way: { kind, version } }) => {
  const commands = [
    ...['set net:max-retries 1', 'set net:timeout 20', 'set ssl:verify-certificate no', 'set cmd:fail-exit yes'],
    `set ftp:ssl-allow ${kind === 'none' ? 'no' : 'yes'}`,
    ...(version === null ? [] : ['set ftp:ssl-force yes', 'set ftp:ssl-protect-data yes']),
    ...(version === null ? [] : [`set ssl:priority "NORMAL:-VERS-ALL:+VERS-TLS${version.slice(4)}"`]),
    `open -u ada,'${password}' -p ${port} ${kind === 'implicit' ? 'ftps' : 'ftp'}://127.0.0.1`,
    ...[
      'cls there',
      `put ${local}/part -o big`,
      // lftp goes over to MODE Z by itself, and then takes whole seconds between two writes, with any server.
      'set ftp:use-mode-z no',
      `put -c ${local}/big -o big`,
      `get big -o ${local}/down`,
    ],
    ...[
      'mv big there/renamed',
      'chmod 600 there/renamed',
      'mkdir x',
      `mirror -R ${local} x`,
      'rm -r x',
      'ls',
      'rm there/renamed',
      'bye',
    ],
  ]
  const { stdout } = await run('lftp', ['-c', commands.join('; ')], {
    timeout: 60_000,
    env: { ...process.env, HOME: local },
  })
  assert.match(stdout, /there\/a file/)
  assert.ok(readFileSync(join(local, 'down')).equals(big))
})

for (const library of ['ftplib', 'aioftp'] as const) {
  each(
    library === 'ftplib' ? 'python3' : 'aioftp',
    isThere('python3', '-c', `import ${library}`),
    async ({ server, port, local, way: { kind, version } }) => {
      const { stdout } = await run(
        'python3',
        [join(here, 'clients', `python-${library}.py`), String(port), kind, version ?? '-', local, password],
        {
          timeout: 60_000,
        },
      )
      assert.match(stdout, /^done$/m)
      holds(server, 'kept', big)
    },
    // aioftp knows no implicit TLS below its own handshake, and follows what Python was built with.
    library === 'aioftp' ? ways.filter(({ kind }) => kind !== 'implicit') : ways,
  )
}

each(
  'wget',
  isThere('wget', '--version'),
  async ({ server, port, local, way: { kind } }) => {
    writeFileSync(join(server.files, 'big'), big)
    writeFileSync(join(local, 'down'), big.subarray(0, 1000))
    const tls = kind === 'none' ? [] : ['--no-check-certificate']
    const scheme = kind === 'implicit' ? 'ftps' : 'ftp'
    const implicit = kind === 'implicit' ? ['--ftps-implicit'] : []
    await run(
      'wget',
      [
        ...tls,
        ...implicit,
        '-q',
        '-c',
        '-O',
        join(local, 'down'),
        '--user=ada',
        `--password=${password}`,
        `${scheme}://127.0.0.1:${port}/big`,
      ],
      { timeout: 30_000 },
    )
    assert.ok(readFileSync(join(local, 'down')).equals(big))
  },
  [ways[0]!, ways[4]!],
)

each(
  'ncftp',
  isThere('which', 'ncftpput'),
  async ({ server, port, local }) => {
    const login = ['-u', 'ada', '-p', password, '-P', String(port)]
    const options = { timeout: 30_000, env: { ...process.env, HOME: local } }
    await run('ncftpput', [...login, '127.0.0.1', '/', join(local, 'big')], options)
    holds(server, 'big', big)
    mkdirSync(join(local, 'in'))
    await run('ncftpget', [...login, '127.0.0.1', join(local, 'in'), '/big'], options)
    assert.ok(readFileSync(join(local, 'in', 'big')).equals(big))
    const { stdout } = await run('ncftpls', [...login, 'ftp://127.0.0.1/there/'], options)
    assert.match(stdout, /a file/)
  },
  [ways[0]!],
)

each(
  'tnftp',
  isThere('which', 'tnftp'),
  async ({ server, port, local }) => {
    const script = [
      `open 127.0.0.1 ${port}`,
      `user ada "${password}"`,
      ...[
        'binary',
        `put ${local}/big big`,
        `get big ${local}/down`,
        'rename big there/renamed',
        'delete there/renamed',
        'bye',
        '',
      ],
    ].join('\n')
    const child = spawnAsync('tnftp', ['-n', '-v'], script)
    const { status, output } = await child
    assert.equal(status, 0, output)
    assert.ok(readFileSync(join(local, 'down')).equals(big))
    assert.match(output, /250 Removed/)
    assert.ok(server.log.some(({ message }) => message === 'login'))
  },
  [ways[0]!],
)

async function spawnAsync(command: string, args: readonly string[], input: string) {
  const promise = promisify(execFile)(command, [...args], { timeout: 30_000 })
  promise.child.stdin?.end(input)
  try {
    const { stdout, stderr } = await promise
    return { status: 0, output: stdout + stderr }
  } catch (error) {
    return { status: 1, output: String(error) }
  }
}

// Ends TLS 1.3 in a way of its own. It is slow to start: one way of each kind of end will do.
each(
  'java',
  isThere('java', '--version'),
  async ({ server, port, way: { version } }) => {
    const lengths = [0, 1, 40_000, 3_000_000]
    const { stdout } = await run(
      'java',
      [join(here, 'clients', 'Upload.java'), String(port), version ?? '', password, ...lengths.map(String)],
      { timeout: 60_000 },
    )
    assert.match(stdout, /^done$/m)
    for (const length of lengths) holds(server, `${length}`, Buffer.alloc(length))
  },
  ways.filter(({ kind }) => kind === 'explicit'),
)
