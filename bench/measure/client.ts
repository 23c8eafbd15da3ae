import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { program } from '../servers/programs.ts'
import { benchUser } from '../workspace.ts'
import type { Measuring } from '../rows/row.ts'

const script = join(import.meta.dirname, '..', 'client', 'ftp_client.py')

export type Job =
  | {
      readonly job: 'files'
      readonly direction: 'down' | 'up' | 'both'
      readonly folder: string
      readonly bytes: number
      readonly count: number
      readonly sessions: number
      readonly tls: boolean
      /** Number of the first file; default 0. */
      readonly first?: number
      /** Of each upload; default: as fast as can be. */
      readonly bytesPerSecond?: number
      /** In the names of uploads; default: another each time, for servers may remember what has been removed meanwhile. */
      readonly tag?: string
    }
  | { readonly job: 'logins' | 'idle'; readonly count: number; readonly sessions: number; readonly tls: boolean }
  | { readonly job: 'commands'; readonly lines: readonly string[]; readonly tls: boolean }
  | { readonly job: 'list'; readonly command: string; readonly count: number; readonly tls: boolean }

/** What the client measured; which fields there are depends on the job. */
export interface Measured {
  readonly seconds: number
  readonly moved: number
  readonly lines: number
}

/** Runs a job; `whileOpen` is called with its results before its sessions end. @throws Error with what the client wrote. */
export async function runClient<T>(
  { server, workspace, signal }: Measuring,
  job: Job,
  whileOpen: (measured: readonly Measured[]) => Promise<T> | T,
): Promise<T> {
  const python = program('python3')
  if (python === null) throw new Error('The client needs python3.')
  const { name: user, password } = benchUser
  const where = { host: '127.0.0.1', port: server.port }
  const text = JSON.stringify({ tag: randomUUID().slice(0, 8), ...job, ...where, user, password })
  const env = { ...process.env, OPENSSL_CONF: workspace.opensslConfig }
  // A group of its own: its sessions are processes, and would keep its output open.
  const child = spawn(python, [script, text], { stdio: ['pipe', 'pipe', 'pipe'], env, detached: true })
  const kill = () => killGroup(child.pid)
  signal.addEventListener('abort', kill, { once: true })
  const wrong: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => wrong.push(chunk))
  child.stdin.on('error', () => {}) // it may have ended already; its status tells
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })
  ended.catch(() => {}) // awaited below
  const expected = job.job === 'list' ? job.count : 1
  const measured: Measured[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    measured.push(JSON.parse(line) as Measured)
    if (measured.length === expected) break
  }
  const failure = () => {
    const told = Buffer.concat(wrong).toString().trim().split('\n').at(-1) ?? ''
    return new Error(signal.aborted ? 'not done in time' : told || 'the client failed')
  }
  try {
    if (measured.length < expected) throw (await ended, failure())
    return await whileOpen(measured)
  } finally {
    child.stdin.end()
    await ended
    signal.removeEventListener('abort', kill)
  }
}

function killGroup(id: number | undefined): void {
  try {
    if (id !== undefined) process.kill(-id, 'SIGKILL')
  } catch {
    // it has ended by itself
  }
}
