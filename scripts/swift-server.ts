import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { cacheFolder, freePort, type StartedS3Server } from './s3-server.ts'

// OpenStack Swift as Debian packages it (swift-proxy, swift-account, swift-container, swift-object, memcached), with its S3
// middleware: a store that is not like the others. One of each server, one copy of everything, all below one folder.

const folderOfPrograms = '/usr/bin'
const kinds = ['account', 'container', 'object'] as const
const programs = [...kinds, 'proxy'].map((kind) => `swift-${kind}-server`)

/** Whether Debian's Swift is here. Its hash path is read from /etc/swift/swift.conf, which the package brings. */
export function hasSwift(): boolean {
  const wanted = [...programs, 'swift-ring-builder', 'memcached'].map((name) => join(folderOfPrograms, name))
  return [...wanted, '/etc/swift/swift.conf'].every((file) => existsSync(file))
}

type Ports = Readonly<Record<(typeof kinds)[number] | 'proxy' | 'cache', number>>

/** Starts all of it on free ports, with an empty bucket in a folder that vanishes when it stops. */
export async function startSwift(): Promise<StartedS3Server> {
  // Beside the sources: it keeps metadata in extended attributes, which not every /tmp has.
  mkdirSync(cacheFolder, { recursive: true })
  const folder = mkdtempSync(join(cacheFolder, 'swift-'))
  const secretKey = randomBytes(18).toString('base64url')
  const children: ChildProcess[] = []
  const stop = async () => {
    await Promise.all(children.map(ended))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const ports = await freePorts()
    mkdirSync(join(folder, 'devices', 'disk'), { recursive: true })
    for (const kind of kinds) makeRing(folder, kind, ports[kind])
    for (const [name, text] of Object.entries(configurations(folder, ports, secretKey)))
      writeFileSync(join(folder, `${name}-server.conf`), text)
    children.push(run('memcached', ['-l', '127.0.0.1', '-p', String(ports.cache), '-u', userName(), '-U', '0']))
    for (const kind of [...kinds, 'proxy']) {
      children.push(run(`swift-${kind}-server`, [join(folder, `${kind}-server.conf`)]))
    }
    const endpoint = `http://127.0.0.1:${ports.proxy}`
    await makeBucket(endpoint, secretKey)
    const pid = children.at(-1)?.pid ?? 0
    return { endpoint, region: 'us-east-1', bucket, accessKey: 'test:tester', secretKey, dialect: 'swift', pid, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const bucket = 'sluice-test'

async function freePorts(): Promise<Ports> {
  const names = [...kinds, 'proxy', 'cache'] as const
  const found = new Set<number>()
  while (found.size < names.length) found.add(await freePort())
  const ports = [...found]
  return Object.fromEntries(names.map((name, index) => [name, ports[index] ?? 0])) as Ports
}

function makeRing(folder: string, kind: string, port: number): void {
  const builder = join(folder, `${kind}.builder`)
  const steps = [['create', '4', '1', '0'], ['add', `r1z1-127.0.0.1:${port}/disk`, '1'], ['rebalance']]
  for (const step of steps) {
    const { status, stderr, error } = spawnSync(join(folderOfPrograms, 'swift-ring-builder'), [builder, ...step], {
      encoding: 'utf8',
    })
    // 1 is its warning.
    if (status !== 0 && status !== 1) throw new TypeError(`swift-ring-builder failed: ${stderr}`, { cause: error })
  }
}

function userName(): string {
  return process.env['USER'] ?? spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim()
}

function configurations(folder: string, ports: Ports, secretKey: string): Readonly<Record<string, string>> {
  const common = (kind: keyof Ports) =>
    [
      '[DEFAULT]',
      ...['bind_ip = 127.0.0.1', `bind_port = ${ports[kind]}`, 'workers = 0', `user = ${userName()}`],
      ...[`swift_dir = ${folder}`, `devices = ${join(folder, 'devices')}`, 'mount_check = false'],
      ...['disable_fallocate = true', 'log_level = ERROR', ''],
    ].join('\n')
  const app = (kind: string) =>
    `[pipeline:main]\npipeline = ${kind}-server\n[app:${kind}-server]\nuse = egg:swift#${kind}\nallow_versions = true\n`
  const storage = Object.fromEntries(kinds.map((kind) => [kind, common(kind) + app(kind)]))
  const filters = ['catch_errors', 'gatekeeper', 'cache', 'listing_formats', 'bulk', 's3api', 'tempauth', 'copy', 'slo']
  const eggs: Readonly<Record<string, string>> = { cache: 'memcache' }
  const settings: Readonly<Record<string, readonly string[]>> = {
    cache: [`memcache_servers = 127.0.0.1:${ports.cache}`],
    s3api: ['location = us-east-1', 's3_acl = false', 'max_upload_part_num = 1000'],
    tempauth: [`user_test_tester = ${secretKey} .admin`],
  }
  const proxy = [
    ...['[pipeline:main]', `pipeline = ${filters.join(' ')} proxy-server`],
    ...['[app:proxy-server]', 'use = egg:swift#proxy', 'allow_account_management = true', 'account_autocreate = true'],
    ...filters.flatMap((name) => [
      `[filter:${name}]`,
      `use = egg:swift#${eggs[name] ?? name}`,
      ...(settings[name] ?? []),
    ]),
  ]
  return { ...storage, proxy: `${common('proxy')}${proxy.join('\n')}\n` }
}

function run(program: string, words: readonly string[]): ChildProcess {
  return spawn(join(folderOfPrograms, program), words, { stdio: 'ignore' })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await exit
  clearTimeout(killer)
}

/** By Swift's own interface, once all servers answer. */
async function makeBucket(endpoint: string, secretKey: string): Promise<void> {
  const deadline = performance.now() + 30_000
  for (;;) {
    const status = await putBucket(endpoint, secretKey)
    if (status === 201 || status === 202) return
    if (performance.now() > deadline) throw new TypeError(`Swift does not start: ${status}.`)
    await wait(200)
  }
}

async function putBucket(endpoint: string, secretKey: string): Promise<number | string> {
  try {
    const login = await fetch(`${endpoint}/auth/v1.0`, {
      headers: { 'x-auth-user': 'test:tester', 'x-auth-key': secretKey },
    })
    const token = login.headers.get('x-auth-token')
    const account = login.headers.get('x-storage-url')
    if (token === null || account === null) return login.status
    const made = await fetch(`${account}/${bucket}`, { method: 'PUT', headers: { 'x-auth-token': token } })
    return made.status
  } catch (error) {
    // It does not listen yet.
    return String(error)
  }
}
