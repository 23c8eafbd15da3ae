import assert from 'node:assert/strict'
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { RunningGateway } from '../../src/cli/gateway.ts'
import { startGateway } from '../../src/compose.ts'
import { loadConfiguration } from '../../src/config/load.ts'
import type { Configuration } from '../../src/config/schema.ts'
import type { Logger, LogFields } from '../../src/core/logger.ts'
import { drivers } from '../../src/storage/drivers/index.ts'
import { configurationText, listenerKinds, type GatewaySettings, type ListenerKind } from './gateway-configuration.ts'

export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

/** A gateway in this process. */
export interface GatewayUnderTest {
  readonly ports: Readonly<Record<ListenerKind, number>>
  /** What the accounts see, on disk. */
  readonly files: string
  readonly state: string
  readonly running: RunningGateway
  readonly log: readonly LogRecord[]
  /** Sockets of the test, destroyed before the gateway is stopped. */
  readonly clients: Set<net.Socket>
  /** What the next `running.reload()` reads. */
  settings: GatewaySettings
  /** Says goodbye to all, and fails when a command has failed for a reason nobody had thought of. */
  close(): Promise<void>
}

/** A gateway that stops when the test ends. */
export async function gateway(t: TestContext, settings: GatewaySettings = {}): Promise<GatewayUnderTest> {
  const started = await openGateway(settings)
  t.after(() => started.close())
  return started
}

/** A gateway for several tests; whoever opens it closes it. */
export async function openGateway(settings: GatewaySettings = {}): Promise<GatewayUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'))
  mkdirSync(join(folder, 'files'))
  const log: LogRecord[] = []
  const started: { settings: GatewaySettings } = { settings }
  const running = await startGateway({
    configuration: await parsed(folder, settings),
    logger: recorder(log),
    reload: () => parsed(folder, started.settings),
  }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const clients = new Set<net.Socket>()
  const { kinds = listenerKinds } = settings
  const ports = Object.fromEntries(kinds.map((kind, index) => [kind, running.listeners[index]?.port ?? 0]))
  return Object.assign(started, {
    ports: ports as Record<ListenerKind, number>,
    files: join(folder, 'files'),
    state: join(folder, 'state'),
    ...{ running, log, clients },
    async close() {
      for (const client of clients) client.destroy()
      await running.drain()
      rmSync(folder, { recursive: true, force: true })
      assert.deepEqual(
        log.filter(({ level, message }) => level === 'error' && message === 'command failed'),
        [],
      )
    },
  })
}

async function parsed(folder: string, settings: GatewaySettings): Promise<Configuration> {
  const { configuration, problems } = await loadConfiguration({
    text: configurationText(folder, settings),
    environment: {},
    readFile: () => Promise.reject(new Error('no files here')),
    drivers,
  })
  if (configuration === null) throw new TypeError(problems.map(({ sentence }) => sentence).join('\n'))
  return configuration
}

function recorder(log: LogRecord[], common: LogFields = {}): Logger {
  const at = (level: LogRecord['level']) => (message: string, fields?: LogFields) =>
    void log.push({ level, message, fields: { ...common, ...fields } })
  return {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    with: (fields) => recorder(log, { ...common, ...fields }),
  }
}
