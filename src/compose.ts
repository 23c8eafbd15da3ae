import { availableParallelism } from 'node:os'
import type net from 'node:net'
import { bandwidth } from './accounts/bandwidth.ts'
import { loginGuard } from './accounts/login-guard.ts'
import { accountSessions } from './accounts/sessions.ts'
import type { GatewayOptions, OpenListener, RunningGateway } from './cli/gateway.ts'
import type { Configuration } from './config/schema.ts'
import { systemClock } from './core/clock.ts'
import type { Logger } from './core/logger.ts'
import { startEngine, type EngineOptions, type EngineSettings } from './engine.ts'
import { admission, type Slot } from './ftp/admission.ts'
import { fingerprintOf } from './ftp/certificate-files.ts'
import { plainAddress } from './ftp/data/addresses.ts'
import type { ListenerOptions } from './ftp/listener-options.ts'
import { openPort } from './ftp/open-port.ts'
import { turnAway } from './ftp/server.ts'
import { gatewayState } from './gateway-state.ts'
import { noteKilledUploads } from './killed-uploads.ts'
import { reloading } from './reload.ts'
import { transferReporter } from './reporting.ts'
import { settingsOf } from './settings.ts'
import { lineWriter } from './log/line-writer.ts'
import { brokenMilliseconds, sqlBrokenNotes } from './state/broken-uploads.ts'
import { sqlFileTimes } from './state/file-times.ts'
import { lockState } from './state/instance.ts'
import { runningFolder } from './state/running-uploads.ts'
import { sweepStorages } from './sweep.ts'
import { finishTrees } from './unfinished-trees.ts'
import type { Coordinator } from './workers/coordinator.ts'
import { startWorkers } from './workers/worker-pool.ts'

/** Serves the clients: in this process, or in workers. */
interface Crew {
  accept(socket: net.Socket, listenerIndex: number, slot: Slot): void
  apply(settings: EngineSettings): void
  reopenLogs(): void
  /** Ends all sessions and lets everything go. */
  drain(milliseconds: number): Promise<void>
}

/**
 * Configuration in, running gateway out: the only wiring. @throws GatewayError when a port, a certificate, the state or a
 * storage cannot be used; nothing is left open then.
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { logger } = options
  const first = options.configuration
  const cleanup: (() => Promise<void> | void)[] = []
  const undo = async () => {
    for (const step of cleanup.reverse()) await step()
  }
  try {
    let settings = await settingsOf(first)
    const servers: net.Server[] = []
    cleanup.push(() => closeAll(servers))
    let crew: Crew | null = null
    /** Clients that came while the ports were open and nobody was there to serve them: they wait, and are not told. */
    const early: ((crew: Crew) => void)[] = []
    const places = admission(() => settings.limits)
    const onConnection = (listener: ListenerOptions, index: number) => (socket: net.Socket) => {
      const place = places.admit(plainAddress(socket.remoteAddress ?? ''))
      if (typeof place === 'string') return turnAway(socket, listener, place)
      if (crew === null) early.push((ready) => ready.accept(socket, index, place))
      else crew.accept(socket, index, place)
    }
    // The ports first: a second gateway started by mistake must fail before it touches anybody's files.
    for (const [index, listener] of first.listeners.entries())
      servers.push(await openPort(listener, onConnection(listener, index)))
    const lock = lockState(first.state.directory)
    cleanup.push(() => lock.release())
    crew = await startCrew(first, () => settings, logger)
    const { drainTimeout } = first.limits
    const running = crew
    for (const hand of early.splice(0)) hand(running)
    const apply = (next: EngineSettings) => {
      settings = next
      running.apply(next)
    }
    const reloads = reloading({ first, read: options.reload, settings: () => settings, apply, logger })
    const closed = Promise.withResolvers<void>()
    return {
      listeners: first.listeners.map((listener, index) => openListener(listener, servers[index])),
      certificateFingerprint: fingerprintOf(settings.certificates),
      closed: closed.promise,
      async reload() {
        const inForce = await reloads.reload()
        running.reopenLogs()
        return inForce
      },
      async drain() {
        reloads.close()
        await closeAll(servers)
        await running.drain(drainTimeout)
        lock.release()
        closed.resolve()
      },
    }
  } catch (error) {
    await undo()
    throw error
  }
}

async function startCrew(configuration: Configuration, settings: () => EngineSettings, logger: Logger): Promise<Crew> {
  const { state, storages, passive, listeners, log, uploads, folders } = configuration
  const opened = await gatewayState({ state, logger, clock: systemClock })
  const { staged, waiting, quota, operations, instance } = opened
  const count = configuration.workers === 'auto' ? availableParallelism() : configuration.workers
  const sweeper = await sweepStorages({
    ...{ storages, staged, waiting, quota, uploads, instance, logger, clock: systemClock },
    times: sqlFileTimes(opened.database),
    mayResume: (name) =>
      settings().accounts.some((account) => account.name === name && account.incompleteUploads === 'resume'),
  })
  const killed = await noteKilledUploads({
    ...{ folder: runningFolder(state), storages: sweeper.storages, waiting, logger },
    notes: sqlBrokenNotes(opened.database, { keptMilliseconds: brokenMilliseconds }),
  })
  const onGone = (worker: string, process: number) => {
    killed.workerGone(worker)
    void opened.workerGone(worker).then(() => sweeper.workerGone(process))
  }
  const trees = finishTrees({ operations, folders, quota, logger, clock: systemClock, storages: sweeper.storages })
  const engine = (): Omit<EngineOptions, 'owner'> => ({
    ...settings(),
    ...{ listeners, passive, storages, folders, state, instance },
    log: { ...log, level: settings().logLevel },
    minimumTlsVersion: configuration.tls.minimumVersion,
    memory: Math.floor(configuration.memory / count),
  })
  const coordinator: Coordinator = {
    guard: loginGuard({ clock: systemClock, log: logger }),
    accountSessions: accountSessions(),
    bandwidth: bandwidth(systemClock),
  }
  const crew =
    count === 1
      ? await crewOfOne({ ...engine(), owner: 'main' }, coordinator, logger)
      : await startWorkers({ count, engine, coordinator, logger, onGone })
  return {
    ...crew,
    async drain(milliseconds) {
      sweeper.stop()
      killed.close()
      await trees.close()
      await crew.drain(milliseconds)
      await sweeper.close()
      await opened.close()
    },
  }
}

/** The gateway in one process. */
async function crewOfOne(options: EngineOptions, coordinator: Coordinator, logger: Logger): Promise<Crew> {
  const transfers = options.log.transferLog === null ? null : lineWriter({ to: options.log.transferLog })
  const tellers = transferReporter(logger, transfers, systemClock)
  const engine = await startEngine(options, { logger, coordinator, ...tellers })
  return {
    accept(socket, index, slot) {
      const listener = options.listeners[index]
      if (listener !== undefined) engine.accept(socket, listener, slot)
    },
    apply: (settings) => engine.apply(settings),
    reopenLogs: () => transfers?.reopen(),
    async drain(milliseconds) {
      await engine.drain(milliseconds)
      await engine.close()
      await transfers?.close(1_000)
    },
  }
}

function openListener(listener: ListenerOptions, server: net.Server | undefined): OpenListener {
  const bound = server?.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : listener.port
  return { address: listener.address, port, tls: listener.tls }
}

async function closeAll(servers: readonly net.Server[]): Promise<void> {
  for (const server of servers) server.close()
}
