import { randomBytes } from 'node:crypto'
import type net from 'node:net'
import type { Account } from './accounts/account.ts'
import { configuredAuthenticator, type ConfiguredAuthenticator } from './accounts/configured.ts'
import { hashQueue } from './accounts/hash-queue.ts'
import { verifiedCache } from './accounts/verified-cache.ts'
import { systemClock } from './core/clock.ts'
import type { LogOptions } from './core/log-options.ts'
import type { Logger } from './core/logger.ts'
import { dataConnections } from './data-connections.ts'
import type { Slot } from './ftp/admission.ts'
import { certificateSet, type CertificatePair } from './ftp/data/certificates.ts'
import { sessionTls } from './ftp/data/session-tls.ts'
import { tlsContexts } from './ftp/data/tls-contexts.ts'
import type { LimitsOptions } from './ftp/limits-options.ts'
import type { ListenerOptions } from './ftp/listener-options.ts'
import type { PassiveOptions } from './ftp/passive-options.ts'
import { ftpServer } from './ftp/server.ts'
import { allowances } from './ftp/session/allowances.ts'
import type { SessionServices } from './ftp/session/context.ts'
import type { RemovalReport, TransferReport } from './ftp/session/transfer-report.ts'
import { servedFiles, type ServedFilesOptions } from './served-files.ts'
import type { Coordinator } from './workers/coordinator.ts'

/** What may change while sessions go on. */
export interface EngineSettings {
  readonly accounts: readonly Account[]
  readonly certificates: readonly CertificatePair[]
  readonly limits: LimitsOptions
  /** For workers; the main process has its own log. */
  readonly logLevel: LogOptions['level']
}

/** Everything a process needs to serve clients, as plain data: it travels to worker processes. */
export interface EngineOptions extends EngineSettings, ServedFilesOptions {
  readonly listeners: readonly ListenerOptions[]
  readonly passive: PassiveOptions
  readonly minimumTlsVersion: 'TLSv1.2' | 'TLSv1.3'
  /** For workers, which open the log by themselves. */
  readonly log: LogOptions
}

export interface EngineServices {
  readonly logger: Logger
  readonly coordinator: Coordinator
  readonly onTransfer: (report: TransferReport) => void
  readonly onRemoval: (report: RemovalReport) => void
}

/** One process's whole work, but for opening the listening ports. */
export interface Engine {
  accept(socket: net.Socket, listener: ListenerOptions, slot: Slot): void
  apply(settings: EngineSettings): void
  drain(milliseconds: number): Promise<void>
  close(): Promise<void>
}

/** @throws GatewayError when the state, a storage or a certificate cannot be used; nothing is left open then. */
export async function startEngine(options: EngineOptions, services: EngineServices): Promise<Engine> {
  const { logger, coordinator } = services
  const clock = systemClock
  let settings: EngineSettings = options
  const limits = () => settings.limits
  const certificates = options.certificates.length === 0 ? null : certificateSet(options.certificates)
  const authenticator = authenticatorOf(options)
  const files = await servedFiles(options, { logger, clock })
  const sessions: SessionServices = {
    authenticator,
    ...{ guard: coordinator.guard, accountSessions: coordinator.accountSessions },
    ...{ limits, clock, startedAt: clock.now() },
    storeChecksums: new Set(files.storages.flatMap(({ checksumName = [] }) => checksumName)),
    keepsModes: files.storages.some(({ setMode }) => setMode !== undefined),
    canRestore: files.storages.some(({ restore }) => restore !== undefined),
    openFiles: files.open,
    ...dataConnections({ passive: options.passive, limits, logger, clock }),
    allowance: allowances(coordinator.bandwidth),
    ...{ report: services.onTransfer, reportRemoval: services.onRemoval },
    newId: idMaker(),
  }
  const contexts = tlsContexts({ minimumVersion: options.minimumTlsVersion })
  const newTls = () => (certificates === null ? null : sessionTls({ certificates, contexts }))
  const server = ftpServer({ services: sessions, logger, newTls })
  return {
    accept: (socket, listener, slot) => server.accept(socket, listener, slot),
    apply(next) {
      certificates?.replace(next.certificates)
      settings = next
      authenticator.replace(next.accounts)
    },
    drain: (milliseconds) => server.drain(milliseconds),
    close: () => files.close(),
  }
}

function authenticatorOf({ accounts, limits }: EngineSettings): ConfiguredAuthenticator {
  return configuredAuthenticator(accounts, {
    clock: systemClock,
    queue: hashQueue({ waiting: limits.passwordQueue }),
    cache: verifiedCache({ clock: systemClock }),
  })
}

/** Short, and unlikely to be met again: a random word for the process, and a number. */
function idMaker(): () => string {
  const prefix = randomBytes(4).toString('base64url')
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}
