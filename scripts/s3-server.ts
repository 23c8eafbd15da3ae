import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A real S3 server, and one bucket on it that tests and bench may fill. */
export interface S3Server {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly accessKey: string
  readonly secretKey: string
  /** The name of its dialect. */
  readonly dialect: string
}

export interface StartedS3Server extends S3Server {
  /** Its process; for measuring what it costs. */
  readonly pid: number
  stop(): Promise<void>
}

export const versitygwModule = 'github.com/versity/versitygw/cmd/versitygw@v1.7.0'
export const cacheFolder = fileURLToPath(new URL('../node_modules/.cache/sluice-s3', import.meta.url))

/** The server that `SLUICE_TEST_S3_*` names; null when they are not set. */
export function namedS3Server(environment: NodeJS.ProcessEnv = process.env): S3Server | null {
  const { SLUICE_TEST_S3_ENDPOINT: endpoint } = environment
  if (endpoint === undefined || endpoint === '') return null
  return {
    endpoint,
    region: environment['SLUICE_TEST_S3_REGION'] ?? 'us-east-1',
    bucket: environment['SLUICE_TEST_S3_BUCKET'] ?? 'sluice-test',
    accessKey: environment['SLUICE_TEST_S3_ACCESS_KEY'] ?? '',
    secretKey: environment['SLUICE_TEST_S3_SECRET_KEY'] ?? '',
    dialect: environment['SLUICE_TEST_S3_DIALECT'] ?? 'generic',
  }
}

/** versitygw on the path or in the cache folder; null when there is none. */
export function findVersitygw(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), cacheFolder]
  return folders.map((folder) => join(folder, 'versitygw')).find(isProgram) ?? null
}

/** Builds it with the Go tool chain that is there; null when there is none, or it fails. */
export function installVersitygw(): string | null {
  if (spawnSync('go', ['version']).status !== 0) return null
  mkdirSync(cacheFolder, { recursive: true })
  const env = { ...process.env, GOBIN: cacheFolder }
  const { status } = spawnSync('go', ['install', versitygwModule], { env, stdio: 'inherit' })
  return status === 0 ? findVersitygw() : null
}

/**
 * Starts versitygw on a free port, with an empty bucket in a folder of its own that vanishes when it stops.
 *
 * @param options more of the program's own, such as `--keep-alive`: left alone it closes a connection after each answer.
 */
export async function startVersitygw(program: string, options: readonly string[] = []): Promise<StartedS3Server> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(program, options)
    } catch (error) {
      // Between finding a free port and taking it somebody else may have come.
      if (tries === 3) throw error
    }
  }
}

async function start(program: string, options: readonly string[]): Promise<StartedS3Server> {
  // Beside the sources: it keeps ETags and metadata in extended attributes, which not every /tmp has.
  mkdirSync(cacheFolder, { recursive: true })
  const folder = mkdtempSync(join(cacheFolder, 'data-'))
  const bucket = 'sluice-test'
  mkdirSync(join(folder, bucket))
  const port = await freePort()
  const secrets = {
    accessKey: `sluice${randomBytes(6).toString('hex')}`,
    secretKey: randomBytes(18).toString('base64url'),
  }
  const child = spawn(program, ['--port', `127.0.0.1:${port}`, ...options, 'posix', folder], {
    env: { ...process.env, ROOT_ACCESS_KEY: secrets.accessKey, ROOT_SECRET_KEY: secrets.secretKey },
    stdio: 'ignore',
  })
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await reached(child, port)
  } catch (error) {
    await stop()
    throw error
  }
  const endpoint = `http://127.0.0.1:${port}`
  return { endpoint, region: 'us-east-1', bucket, ...secrets, dialect: 'versitygw', pid: child.pid ?? 0, stop }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function reached(child: ChildProcess, port: number): Promise<void> {
  let failure: unknown = null
  child.once('error', (error) => (failure = error))
  child.once('exit', (code) => (failure ??= new TypeError(`versitygw ended with ${code}.`)))
  const deadline = performance.now() + 20_000
  while (!(await answers(port))) {
    if (failure !== null) throw failure
    if (performance.now() > deadline) throw new TypeError('versitygw does not answer.')
    await wait(50)
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const settle = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}

/** A port of loopback that nobody has, at the moment. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    // Not there, or not ours to run: the next one.
    return false
  }
}
