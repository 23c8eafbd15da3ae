import { fork, type ChildProcess } from 'node:child_process'
import type net from 'node:net'
import { GatewayError, type ErrorCode } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import type { EngineOptions, EngineSettings } from '../engine.ts'
import type { Slot } from '../ftp/admission.ts'
import type { Coordinator } from './coordinator.ts'
import type { FromWorker, Question, ToWorker } from './messages.ts'

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

interface Worker {
  readonly owner: string
  readonly child: ChildProcess
  readonly slots: Map<number, Slot>
  /** Clients that are being handed over, by their slots. Ours are closed when the worker has them, or is gone. */
  readonly sending: Map<number, net.Socket>
  /** Accounts whose places its sessions hold, once for each. */
  readonly accounts: string[]
  readonly startedAt: number
  isReady: boolean
}

/** A worker that lived shorter is not started again at once: something is wrong that haste does not mend. */
const soonMilliseconds = 5_000

/**
 * What a session leaves behind is soon garbage. V8 lets its young generation grow to 16 MiB and more in each process before it
 * looks; with 4 MiB a thousand idle sessions took half the memory, at no cost in speed.
 */
const memoryFlags = ['--max-semi-space-size=4']

/** @throws GatewayError of the first worker that cannot start. */
export async function startWorkers(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { coordinator, logger } = options
  const workers = new Set<Worker>()
  let isDraining = false
  let started = 0
  let slotIds = 0

  function start(): Promise<void> {
    const owner = `worker-${++started}`
    const child = fork(new URL(`worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), {
      serialization: 'advanced',
      execArgv: [...process.execArgv, ...memoryFlags],
    })
    const worker: Worker = {
      ...{ owner, child, slots: new Map(), sending: new Map(), accounts: [] },
      ...{ startedAt: performance.now(), isReady: false },
    }
    workers.add(worker)
    const ready = Promise.withResolvers<void>()
    ready.promise.catch(() => {}) // A worker that is started again reports to the log alone.
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') {
        worker.isReady = true
        ready.resolve()
      } else if (message.kind === 'failed') {
        ready.reject(new GatewayError(message.code as ErrorCode, message.message))
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
    if (isDraining || !worker.isReady) return
    logger.error('worker died; its sessions are lost', { worker: worker.owner, how, sessions: worker.slots.size })
    const wait = performance.now() - worker.startedAt < soonMilliseconds ? soonMilliseconds : 0
    setTimeout(() => {
      if (isDraining) return
      start().catch((error: unknown) => logger.error('worker cannot be started again', { error }))
    }, wait)
  }

  async function heard(worker: Worker, message: FromWorker): Promise<void> {
    if (message.kind === 'taken') letGo(worker, message.slot)
    else if (message.kind === 'authenticated') worker.slots.get(message.slot)?.authenticated()
    else if (message.kind === 'left') {
      letGo(worker, message.slot)
      worker.slots.get(message.slot)?.leave()
      worker.slots.delete(message.slot)
    } else if (message.kind === 'ask') {
      const value = await answer(worker, message.question)
      tell(worker, { kind: 'answer', call: message.call, value })
    } else if (message.kind === 'tell') {
      if (message.what === 'login-failed') coordinator.guard.failed(message.of)
      else if (message.what === 'login-succeeded') coordinator.guard.succeeded(message.of)
      else if (message.what === 'login-abandoned') coordinator.guard.abandoned?.(message.of)
      else leaveAccount(worker, message.of)
    }
  }

  async function answer(worker: Worker, question: Question): Promise<number | boolean | null> {
    if (question.about === 'login-delay') return await coordinator.guard.delayFor(question.address)
    if (question.about === 'bandwidth')
      return await coordinator.bandwidth.delayFor(question.key, question.bytesPerSecond, question.bytes)
    const isIn = await coordinator.accountSessions.enter(question.account, question.limit)
    if (isIn) worker.accounts.push(question.account)
    return isIn
  }

  function leaveAccount(worker: Worker, account: string): void {
    const index = worker.accounts.indexOf(account)
    if (index < 0) return
    worker.accounts.splice(index, 1)
    coordinator.accountSessions.leave(account)
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

/** Closes our descriptor of a client; the worker has its own. */
function letGo(worker: Worker, slot: number): void {
  worker.sending.get(slot)?.destroy()
  worker.sending.delete(slot)
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.child.connected) worker.child.send(message)
}

/** Sessions get their time, and then a moment to say goodbye; a worker that hangs is killed. */
const graceMilliseconds = 10_000

function killed({ child }: Worker): Promise<void> {
  return new Promise((resolve) => {
    child.on('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

function drained(worker: Worker, milliseconds: number): Promise<void> {
  const { child } = worker
  return new Promise((resolve) => {
    if (!child.connected) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds + graceMilliseconds)
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'drained') child.disconnect()
    })
    child.on('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    tell(worker, { kind: 'drain', milliseconds })
  })
}
