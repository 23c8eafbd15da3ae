import { fork, type ChildProcess } from 'node:child_process'
import type net from 'node:net'
import type { Slot } from '../ftp/admission.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A worker process, seen from the main process. */
export interface Worker {
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

/**
 * What a session leaves behind is soon garbage. V8 lets its young generation grow to 16 MiB and more in each process before it
 * looks; with 4 MiB a thousand idle sessions took half the memory, at no cost in speed.
 */
const memoryFlags = ['--max-semi-space-size=4']

/** A process that waits to be told what to start. */
export function forkWorker(owner: string): Worker {
  const child = fork(new URL(`worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url), {
    serialization: 'advanced',
    execArgv: [...process.execArgv, ...memoryFlags],
  })
  return {
    ...{ owner, child, slots: new Map(), sending: new Map(), accounts: [] },
    ...{ startedAt: performance.now(), isReady: false },
  }
}

/** Closes our descriptor of a client; the worker has its own. */
export function letGo(worker: Worker, slot: number): void {
  worker.sending.get(slot)?.destroy()
  worker.sending.delete(slot)
}

export function onMessages({ child }: Worker, hear: (message: FromWorker) => void): void {
  child.on('message', (messages: readonly FromWorker[]) => {
    for (const message of messages) hear(message)
  })
}

/** Does nothing when the worker is gone. */
export function tell(worker: Worker, message: ToWorker): void {
  if (worker.child.connected) worker.child.send(message)
}

/** Sessions get their time, and then a moment to say goodbye; a worker that hangs is killed. */
const graceMilliseconds = 10_000

/** Resolves when it is gone. */
export function killed({ child }: Worker): Promise<void> {
  return new Promise((resolve) => {
    child.on('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/** Lets it end its sessions. Resolves when it is gone. */
export function drained(worker: Worker, milliseconds: number): Promise<void> {
  const { child } = worker
  return new Promise((resolve) => {
    if (!child.connected) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds + graceMilliseconds)
    onMessages(worker, ({ kind }) => {
      if (kind === 'drained') child.disconnect()
    })
    child.on('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    tell(worker, { kind: 'drain', milliseconds })
  })
}
