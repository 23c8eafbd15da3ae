import { randomBytes, randomInt } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type net from 'node:net'
import type { Account } from './accounts/account.ts'
import { configuredAuthenticator } from './accounts/configured.ts'
import { hashQueue } from './accounts/hash-queue.ts'
import { verifiedCache } from './accounts/verified-cache.ts'
import { systemClock } from './core/clock.ts'
import type { LogOptions } from './core/log-options.ts'
import type { Logger } from './core/logger.ts'
import { memoryBudget } from './core/memory-budget.ts'
import type { Slot } from './ftp/admission.ts'
import { openActive } from './ftp/data/active.ts'
import { certificateSet, type CertificatePair } from './ftp/data/certificates.ts'
import { openPassive } from './ftp/data/passive.ts'
import { portPool } from './ftp/data/port-pool.ts'
import { publicAddress } from './ftp/data/public-address.ts'
import { sessionTls } from './ftp/data/session-tls.ts'
import type { LimitsOptions } from './ftp/limits-options.ts'
import type { ListenerOptions } from './ftp/listener-options.ts'
import type { PassiveOptions } from './ftp/passive-options.ts'
import { ftpServer } from './ftp/server.ts'
import type { SessionServices } from './ftp/session/context.ts'
import type { RemovalReport, TransferReport } from './ftp/session/transfer-report.ts'
import type { FolderOptions } from './files/folder-options.ts'
import { lastingHashCache } from './files/hash-cache.ts'
import { openFileTree } from './files/open-file-tree.ts'
import { brokenMilliseconds, brokenUploads, sqlBrokenNotes } from './state/broken-uploads.ts'
import { sqlContentHashes } from './state/content-hashes.ts'
import { openState } from './state/database.ts'
import { sqlFileTimes } from './state/file-times.ts'
import { ownerName } from './state/nodes.ts'
import type { StateOptions } from './state/options.ts'
import { sqlQuotaLedger } from './state/quota.ts'
import { runningFolder, runningUploads } from './state/running-uploads.ts'
import { sqlStagedUploads } from './state/staged-uploads-sql.ts'
import { sqlTreeOperations } from './state/tree-operations-sql.ts'
import { sqlWaitingUploads } from './state/waiting-uploads-sql.ts'
import { openStorages, type NamedStorageOptions } from './storage/drivers/open-storages.ts'
import { allowances } from './ftp/session/allowances.ts'
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
export interface EngineOptions extends EngineSettings {
  readonly listeners: readonly ListenerOptions[]
  readonly passive: PassiveOptions
  readonly minimumTlsVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly storages: NamedStorageOptions
  readonly folders: FolderOptions
  readonly state: StateOptions
  /** Bytes for the buffers of this process's uploads. */
  readonly memory: number
  /** For workers, which open the log by themselves. */
  readonly log: LogOptions
  /** Names this gateway on shared storages. */
  readonly instance: string
  /** Names this process in the state database. */
  readonly owner: string
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

/** Hashes remembered, of files that were hashed by reading. */
const rememberedHashes = 10_000
/** The same, for all processes and the next start. */
const keptHashes = 100_000

/** @throws GatewayError when the state, a storage or a certificate cannot be used. */
export async function startEngine(options: EngineOptions, services: EngineServices): Promise<Engine> {
  const { logger, coordinator } = services
  const clock = systemClock
  let settings: EngineSettings = options
  const database = await openState(options.state)
  const owner = ownerName(options.instance, options.owner)
  const staged = sqlStagedUploads(database, { owner, clock })
  const waiting = sqlWaitingUploads(database, { owner, clock })
  const quota = sqlQuotaLedger(database, { owner })
  const trees = {
    operations: sqlTreeOperations(database, { owner, clock }),
    parallel: options.folders.parallelCopies,
    mostMoved: options.folders.mostMoved,
    retryMilliseconds: options.folders.retryEvery,
  }
  const storages = await openStorages(options.storages, {
    instance: options.instance,
    memory: memoryBudget({ bytes: options.memory }),
    logger,
    clock,
    times: sqlFileTimes(database),
  })
  const hashes = lastingHashCache(rememberedHashes, sqlContentHashes(database, { most: keptHashes }))
  const running = runningUploads(runningFolder(options.state), { owner: options.owner, logger })
  const broken = brokenUploads(sqlBrokenNotes(database, { keptMilliseconds: brokenMilliseconds }), running)
  const certificates = options.certificates.length === 0 ? null : certificateSet(options.certificates)
  const cache = verifiedCache({ clock })
  const authenticator = configuredAuthenticator(options.accounts, {
    clock,
    queue: hashQueue({ waiting: options.limits.passwordQueue }),
    cache,
  })
  const ports = portPool({ ...options.passive.ports, random: unforeseeable, now: () => clock.monotonic() })
  const told = publicAddress({
    ...options.passive,
    refreshMilliseconds: options.passive.refreshEvery,
    resolve: resolveIpv4,
    clock,
  })
  const reuse = { full: 0, resumed: 0 }
  const data = () => ({
    timeouts: {
      acceptMilliseconds: settings.limits.acceptTimeout,
      idleMilliseconds: settings.limits.acceptTimeout,
      handshakeMilliseconds: settings.limits.handshakeTimeout,
      stallMilliseconds: settings.limits.dataTimeout,
      closeMilliseconds: 2_000,
    },
    onReuse(isResumed: boolean) {
      if (isResumed) reuse.resumed++
      else reuse.full++
      if (!isResumed) logger.debug('data connection did not resume the TLS session', reuse)
    },
  })
  const sessions: SessionServices = {
    authenticator,
    guard: coordinator.guard,
    accountSessions: coordinator.accountSessions,
    limits: () => settings.limits,
    clock,
    startedAt: clock.now(),
    storeChecksums: new Set([...storages.values()].flatMap(({ checksumName = [] }) => checksumName)),
    canRestore: [...storages.values()].some(({ restore }) => restore !== undefined),
    openFiles: (account) =>
      openFileTree({ account, storages, staged, broken, waiting, quota, trees, logger, clock, hashes }),
    openPassive: (peer) =>
      openPassive({
        ...data(),
        ...peer,
        ports,
        onStranger: (address) => logger.warn('stranger at a data port', { address, owner: peer.peerAddress }),
      }),
    openActive: (peer) => openActive({ ...data(), ...peer, host: peer.peerAddress }),
    publicAddress: told,
    allowance: allowances(coordinator.bandwidth),
    report: services.onTransfer,
    reportRemoval: services.onRemoval,
    newId: idMaker(),
  }
  const newTls = () =>
    certificates === null ? null : sessionTls({ certificates, minimumVersion: options.minimumTlsVersion })
  const server = ftpServer({ services: sessions, logger, newTls })
  return {
    accept: (socket, listener, slot) => server.accept(socket, listener, slot),
    apply(next) {
      certificates?.replace(next.certificates)
      settings = next
      authenticator.replace(next.accounts)
    },
    drain: (milliseconds) => server.drain(milliseconds),
    async close() {
      for (const storage of storages.values()) await storage.close()
      await quota.settled()
      running.close()
      await database.close()
    },
  }
}

async function resolveIpv4(name: string): Promise<string> {
  return (await lookup(name, { family: 4 })).address
}

const randomRange = 2 ** 32

/** From 0 up to 1: `Math.random` can be foretold by whoever has seen enough of it, and a passive port is seen. */
function unforeseeable(): number {
  return randomInt(randomRange) / randomRange
}

/** Short, and unlikely to be met again: a random word for the process, and a number. */
function idMaker(): () => string {
  const prefix = randomBytes(4).toString('base64url')
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}
