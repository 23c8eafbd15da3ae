import { availableParallelism } from 'node:os'
import type net from 'node:net'
import { bandwidth } from './accounts/bandwidth.ts'
import { loginGuard } from './accounts/login-guard.ts'
import { accountSessions } from './accounts/sessions.ts'
import type { GatewayOptions, OpenListener, RunningGateway } from './cli/gateway.ts'
import type { Configuration } from './config/schema.ts'
import { systemClock } from './core/clock.ts'
import type { Logger } from './core/logger.ts'
import { opening } from './core/opening.ts'
import { openDoors, type TakeClient } from './doors.ts'
import { startEngine, type EngineOptions, type EngineSettings } from './engine.ts'
import { fingerprintOf } from './ftp/certificate-files.ts'
import type { ListenerOptions } from './ftp/listener-options.ts'
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
  readonly accept: TakeClient
  apply(settings: EngineSettings): void
  reopenLogs(): void
  /** Ends all sessions and lets everything go. */
  drain(milliseconds: number): Promise<void>
}

/**
 * Configuration in, running gateway out: the only wiring. @throws GatewayError when a port, a certificate, the state or a
 * storage cannot be used; nothing is left open then.
 */
export function startGateway({ configuration, logger, reload: read }: GatewayOptions): Promise<RunningGateway> {
  return opening(async (closing) => {
    let settings = await settingsOf(configuration)
    const inForce = () => settings
    // The ports first: a second gateway started by mistake must fail before it touches anybody's files.
    const doors = await openDoors(configuration.listeners, () => settings.limits)
    closing.defer(() => doors.close())
    const lock = lockState(configuration.state.directory)
    closing.defer(() => lock.release())
    const crew = await startCrew(configuration, inForce, logger)
    closing.defer(() => crew.drain(0))
    doors.handTo(crew.accept)
    const apply = (next: EngineSettings) => {
      settings = next
      crew.apply(next)
    }
    const reloads = reloading({ first: configuration, read, settings: inForce, apply, logger })
    const closed = Promise.withResolvers<void>()
    return {
      listeners: configuration.listeners.map((listener, index) => openListener(listener, doors.servers[index])),
      certificateFingerprint: fingerprintOf(settings.certificates),
      closed: closed.promise,
      async reload() {
        const taken = await reloads.reload()
        crew.reopenLogs()
        return taken
      },
      async drain() {
        reloads.close()
        doors.close()
        await crew.drain(configuration.limits.drainTimeout)
        lock.release()
        closed.resolve()
      },
    }
  })
}

function startCrew(configuration: Configuration, settings: () => EngineSettings, logger: Logger): Promise<Crew> {
  return opening(async (closing) => {
    const background = await startBackground(configuration, { settings, logger, closing })
    const count = configuration.workers === 'auto' ? availableParallelism() : configuration.workers
    const { listeners, passive, storages, folders, state, log } = configuration
    const engine = (): Omit<EngineOptions, 'owner'> => ({
      ...settings(),
      ...{ listeners, passive, storages, folders, state, instance: background.instance },
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
        : await startWorkers({ count, engine, coordinator, logger, onGone: background.workerGone })
    return {
      ...crew,
      async drain(milliseconds) {
        await background.stop()
        await crew.drain(milliseconds)
        await closing.disposeAsync()
      },
    }
  })
}

/** What the main process does beside those who serve. */
interface Background {
  /** Names this gateway. */
  readonly instance: string
  workerGone(worker: string, process: number): void
  /** Begins nothing any more. What it has open is closed by whoever has started it. */
  stop(): Promise<void>
}

interface BackgroundServices {
  readonly settings: () => EngineSettings
  readonly logger: Logger
  readonly closing: AsyncDisposableStack
}

/** Before there are processes that serve: what earlier ones left must be known first. */
async function startBackground(
  { state, storages, uploads, folders }: Configuration,
  { settings, logger, closing }: BackgroundServices,
): Promise<Background> {
  const services = { logger, clock: systemClock }
  const opened = await gatewayState({ state, ...services })
  closing.defer(() => opened.close())
  const { database, staged, waiting, quota, operations, instance } = opened
  const mayResume = (name: string) =>
    settings().accounts.some((account) => account.name === name && account.incompleteUploads === 'resume')
  const shared = { storages, staged, waiting, quota, uploads, instance, ...services }
  const sweeper = await sweepStorages({ ...shared, times: sqlFileTimes(database), mayResume })
  closing.defer(() => sweeper.close())
  const notes = sqlBrokenNotes(database, { keptMilliseconds: brokenMilliseconds })
  const folder = runningFolder(state)
  const killed = await noteKilledUploads({ folder, storages: sweeper.storages, waiting, notes, logger })
  closing.defer(() => killed.close())
  const trees = finishTrees({ operations, folders, quota, storages: sweeper.storages, ...services })
  closing.defer(() => trees.close())
  return {
    instance,
    workerGone(worker, process) {
      killed.workerGone(worker)
      void opened.workerGone(worker).then(() => sweeper.workerGone(process))
    },
    async stop() {
      sweeper.stop()
      killed.close()
      await trees.close()
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
