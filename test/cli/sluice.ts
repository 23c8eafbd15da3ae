import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const program = new URL('fixtures/sluice-with-pretended-gateway.ts', import.meta.url).pathname

export interface Started {
  /** Its working folder. */
  readonly folder: string
  /** The next line of standard output that holds the text, as JSON. */
  line(text: string): Promise<Readonly<Record<string, unknown>>>
  signal(name: NodeJS.Signals): void
  /** Exit status, and all that was printed. */
  readonly ended: Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }>
}

export interface StartOptions {
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Runs the command line in a process and folder of its own, around a gateway that only opens its ports. */
export function start(t: TestContext, args: readonly string[], options: StartOptions = {}): Started {
  const folder = options.folder ?? temporaryFolder(t)
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.end(options.input ?? '')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    folder,
    async line(text) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true) throw new Error(`It ended without “${text}”.\n${stdout}\n${stderr}`)
        if (value.includes(text)) return JSON.parse(value) as Record<string, unknown>
      }
    },
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([status]) => ({ status: status as number | null, stdout, stderr })),
  }
}

/** Runs a command that ends by itself. */
export async function run(t: TestContext, args: readonly string[], options: StartOptions = {}) {
  return start(t, args, options).ended
}
