import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { accessSync, chownSync, constants, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

/** A PostgreSQL server that ends with this process, in a folder of its own that ends with it. */
interface Server {
  /** Of a database that is there, from which others can be made. */
  readonly url: string
}

const named = process.env['SLUICE_TEST_POSTGRESQL'] ?? ''

/** Whether there is one to test with: named by SLUICE_TEST_POSTGRESQL, or installed here. */
export function hasPostgresql(): boolean {
  if (named !== '' || findProgram('initdb') !== null) return true
  if (process.env['SLUICE_TEST_REQUIRE_POSTGRESQL'] === '1') throw new TypeError('PostgreSQL is not installed.')
  return false
}

let server: Promise<Server> | null = null

/** The URL of a new, empty database. Only where `hasPostgresql`. */
export async function emptyDatabase(): Promise<string> {
  const { url } = await (server ??= named === '' ? start() : Promise.resolve({ url: named }))
  const name = `sluice_test_${randomUUID().replaceAll('-', '')}`
  await ask(url, `CREATE DATABASE ${name}`)
  const made = new URL(url)
  made.pathname = `/${name}`
  return made.href
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Distributions keep it out of the path, one folder for each version. */
function findProgram(name: string): string | null {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').toSorted().reverse(),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function start(): Promise<Server> {
  const initdb = findProgram('initdb') ?? ''
  const user = unprivileged()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pg-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid)
  const files = join(folder, 'data')
  const made = spawnSync(
    initdb,
    ['-D', files, '-U', 'sluice', '--auth=trust', '--no-sync', '--no-locale', '-E', 'UTF8'],
    {
      ...user,
      cwd: folder,
      encoding: 'utf8',
    },
  )
  if (made.status !== 0) throw new TypeError(`initdb: ${made.stderr}`)
  // No port: a socket in the folder. The server ends when the shell's input does, however this process ends.
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off', 'shared_buffers=16MB']
  const words = settings.flatMap((setting) => ['-c', setting])
  const script = '"$@" >"$0/log" 2>&1 & read -r _; kill -QUIT $!; wait; rm -rf "$0/data" "$0"/.s* "$0/log"; rmdir "$0"'
  const program = join(dirname(initdb), 'postgres')
  const shell = spawn('sh', ['-c', script, folder, program, '-D', files, ...words], {
    ...user,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  ;(shell.stdin as unknown as { unref(): void }).unref()
  // The folder stands in one of root's, which another user cannot take it out of.
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const url = `postgresql://sluice@localhost/postgres?host=${encodeURIComponent(folder)}`
  await untilReady(url)
  return { url }
}

/** PostgreSQL refuses to be run by root. */
function unprivileged(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string, name: string) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout)
  const name = idOf('-u', 'postgres') > 0 ? 'postgres' : 'nobody'
  return { uid: idOf('-u', name), gid: idOf('-g', name) }
}

async function untilReady(url: string): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      return await ask(url, 'SELECT 1')
    } catch (error) {
      if (i === 300) throw error
      await wait(50)
    }
  }
}
