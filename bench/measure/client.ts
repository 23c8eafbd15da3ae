import { spawn } from 'node:child_process'
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
    }
  | { readonly job: 'logins' | 'idle'; readonly count: number; readonly sessions: number; readonly tls: boolean }
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
  const text = JSON.stringify({ ...job, host: '127.0.0.1', port: server.port, user, password })
  const env = { ...process.env, OPENSSL_CONF: workspace.opensslConfig }
  const child = spawn(python, [script, text], { stdio: ['pipe', 'pipe', 'pipe'], env, signal })
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
  const failure = () => new Error(Buffer.concat(wrong).toString().trim().split('\n').at(-1) ?? 'the client failed')
  try {
    if (measured.length < expected) throw (await ended, failure())
    return await whileOpen(measured)
  } finally {
    child.stdin.end()
    await ended
  }
}
