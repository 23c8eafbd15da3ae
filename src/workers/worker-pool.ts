import type net from 'node:net'
import { GatewayError, type ErrorCode } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import type { EngineOptions, EngineSettings } from '../engine.ts'
import type { Slot } from '../ftp/admission.ts'
import type { Coordinator } from './coordinator.ts'
import type { ToWorker } from './messages.ts'
import { coordinated } from './worker-answers.ts'
import { drained, forkWorker, killed, letGo, onMessages, tell, type Worker } from './worker-process.ts'

export interface WorkerPoolOptions {
  readonly count: number
  /** What each worker starts from; `owner` names it in the state database. */
  readonly engine: () => Omit<EngineOptions, 'owner'>
  readonly coordinator: Coordinator
  readonly logger: Logger
  /** A worker is gone; what it had claimed is to be given free. */
  readonly onGone: (owner: string, process: number) => void
}

/** The worker processes, seen from the main process. */
export interface WorkerPool {
  /** Hands a client over to the worker with the fewest. */
  accept(socket: net.Socket, listenerIndex: number, slot: Slot): void
  apply(settings: EngineSettings): void
  reopenLogs(): void
  drain(milliseconds: number): Promise<void>
}

/** A worker that lived shorter is not started again at once: something is wrong that haste does not mend. */
const soonMilliseconds = 5_000

/** @throws GatewayError of the first worker that cannot start. */
export async function startWorkers(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { coordinator, logger } = options
  const workers = new Set<Worker>()
  const heard = coordinated(coordinator)
  let isDraining = false
  /** Until it is over one that cannot start ends the gateway; later ones are tried again. */
  let isFirstStart = true
  let started = 0
  let slotIds = 0

  function start(): Promise<void> {
    const owner = `worker-${++started}`
    const worker = forkWorker(owner)
    const { child } = worker
    workers.add(worker)
    const ready = Promise.withResolvers<void>()
    ready.promise.catch(() => {}) // A worker that is started again reports to the log alone.
    onMessages(worker, (message) => {
      if (message.kind === 'ready') {
        worker.isReady = true
        ready.resolve()
      } else if (message.kind === 'failed') {
        ready.reject(new GatewayError(message.code as ErrorCode, message.message))
        child.kill('SIGKILL')
      } else void heard(worker, message)
    })
    child.on('error', (error) => logger.error('worker failed', { worker: owner, error }))
    child.on('exit', (code, signal) => {
      ready.reject(new GatewayError('internal', `A worker process ended with ${signal ?? code}.`))
      gone(worker, `${signal ?? code}`)
    })
    tell(worker, { kind: 'start', options: { ...options.engine(), owner } })
    return ready.promise
  }

  function gone(worker: Worker, how: string): void {
    workers.delete(worker)
    for (const slot of worker.slots.values()) slot.leave()
    for (const socket of worker.sending.values()) socket.destroy()
    for (const account of worker.accounts) coordinator.accountSessions.leave(account)
    options.onGone(worker.owner, worker.child.pid ?? 0)
    if (isDraining || (isFirstStart && !worker.isReady)) return
    if (worker.isReady)
      logger.error('worker died; its sessions are lost', { worker: worker.owner, how, sessions: worker.slots.size })
    const wait = performance.now() - worker.startedAt < soonMilliseconds ? soonMilliseconds : 0
    setTimeout(() => {
      if (isDraining) return
      start().catch((error: unknown) => logger.error('a worker cannot be started; it is tried again', { error }))
    }, wait)
  }

  function idlest(): Worker | null {
    let found: Worker | null = null
    for (const worker of workers)
      if (worker.isReady && worker.child.connected && worker.slots.size < (found?.slots.size ?? Infinity))
        found = worker
    return found
  }

  try {
    await Promise.all(Array.from({ length: options.count }, () => start()))
    isFirstStart = false
  } catch (error) {
    isDraining = true
    // Until they are gone: what they have left is released on a state that is closed after this.
    await Promise.all([...workers].map(killed))
    throw error
  }

  return {
    accept(socket, listener, slot) {
      const worker = idlest()
      if (worker === null) {
        socket.destroy()
        slot.leave()
        return
      }
      const id = slotIds++
      worker.slots.set(id, slot)
      slot.onDrop = () => tell(worker, { kind: 'drop', slot: id })
      worker.sending.set(id, socket)
      // Node forgets, and never closes, a socket whose receiver dies before it has said that it got it: so ours stays ours.
      const message = { kind: 'client', slot: id, listener } satisfies ToWorker
      worker.child.send(message, socket, { keepOpen: true }, (error) => {
        if (error === null) return
        letGo(worker, id)
        worker.slots.delete(id)
        slot.leave()
      })
    },
    apply(settings) {
      for (const worker of workers) tell(worker, { kind: 'settings', settings })
    },
    reopenLogs() {
      for (const { child } of workers) child.kill('SIGUSR2')
    },
    async drain(milliseconds) {
      isDraining = true
      await Promise.all([...workers].map((worker) => drained(worker, milliseconds)))
    },
  }
}
