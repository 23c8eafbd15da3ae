import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { configurationText, listenerKinds, type GatewaySettings, type ListenerKind } from './gateway-configuration.ts'

const launcher = new URL('../../bin/sluice.cjs', import.meta.url).pathname

/** The folder of a gateway that may be started several times. */
export interface Served {
  readonly folder: string
  readonly files: string
  readonly configFile: string
  /** Writes the configuration anew; a running gateway is not told. */
  configure(settings: GatewaySettings | string): void
  start(environment?: Readonly<Record<string, string>>): Promise<ServedProcess>
}

/** `sluice serve` as a process of its own. */
export interface ServedProcess {
  readonly pid: number
  readonly ports: Readonly<Record<ListenerKind, number>>
  readonly clients: Set<net.Socket>
  /** The log so far. */
  readonly lines: readonly string[]
  signal(name: NodeJS.Signals): void
  /** Exit status; null after a signal. */
  readonly exited: Promise<number | null>
  /** Waits until a log line holds the text. */
  logged(text: string): Promise<string>
}

export interface ServedOptions {
  /** A program and its arguments that runs the gateway, given its folder. */
  readonly under?: (folder: string) => readonly string[]
}

/** A place for a gateway; what runs there when the test ends is killed. */
export function served(
  t: TestContext,
  settings: GatewaySettings | string = {},
  { under = () => [] }: ServedOptions = {},
): Served {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-served-'))
  const children = new Set<ChildProcess>()
  t.after(async () => {
    for (const child of children) await gone(child)
    rmSync(folder, { recursive: true, force: true })
  })
  mkdirSync(join(folder, 'files'))
  const configFile = join(folder, 'sluice.yaml')
  const place: Served = {
    folder,
    files: join(folder, 'files'),
    configFile,
    configure(next) {
      const text = typeof next === 'string' ? next : configurationText(folder, next)
      writeFileSync(configFile, text, { mode: 0o600 })
    },
    async start(environment = {}) {
      const [program, ...given] = [...under(folder), process.execPath, launcher, 'serve', '--config', configFile]
      const child = spawn(program ?? process.execPath, given, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...environment },
      })
      children.add(child)
      return await running(child)
    },
  }
  place.configure(settings)
  return place
}

/** Those that were told to stop. */
const stopping = new WeakSet<ChildProcess>()

/** One that was told to stop is let end: see `uncovered`. */
async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const patience = setTimeout(() => child.kill('SIGKILL'), stopping.has(child) ? 10_000 : 0)
  await once(child, 'exit')
  clearTimeout(patience)
}

async function running(child: ChildProcess): Promise<ServedProcess> {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const each of waiting) each()
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) throw new TypeError('A child without output.')
    createInterface(stream).on('line', (line) => {
      lines.push(line)
      wake()
    })
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  let isGone = false
  void exited.then(() => {
    isGone = true
    wake()
  })

  async function logged(text: string): Promise<string> {
    for (;;) {
      const line = lines.find((line) => line.includes(text))
      if (line !== undefined) return line
      if (isGone) throw new Error(`It ended without saying "${text}":\n${lines.join('\n')}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add(resolve)
      await promise
      waiting.delete(resolve)
    }
  }

  await Promise.race([logged('Sluice is ready.'), exited])
  const ports = new Map<string, number>()
  for (const line of lines.filter((line) => line.includes('Listening on'))) {
    const { port, tls } = JSON.parse(line) as { readonly port: number; readonly tls: string }
    ports.set(tls, port)
  }
  return {
    pid: child.pid ?? 0,
    ports: Object.fromEntries(listenerKinds.map((kind) => [kind, ports.get(kind) ?? 0])) as Record<
      ListenerKind,
      number
    >,
    clients: new Set(),
    lines,
    signal(name) {
      if (name === 'SIGTERM') stopping.add(child)
      child.kill(name)
    },
    ...{ exited, logged },
  }
}
