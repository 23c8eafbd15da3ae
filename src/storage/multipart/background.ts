import { interruptible } from '../../core/concurrency.ts'
import { toGatewayError, type GatewayError } from '../../core/errors.ts'
import { abortedError } from '../abortable.ts'

/** Requests that run while the client goes on sending. */
export interface Background {
  /** The first error of a task. */
  failure(): GatewayError | null
  /** Aborted with that error. */
  readonly failed: AbortSignal
  /** Ends the tasks' requests. */
  readonly stopped: AbortSignal
  /** Waits until fewer than the bound run. @throws GatewayError when the signal is aborted meanwhile. */
  place(signal?: AbortSignal): Promise<void>
  start(task: () => Promise<void>): void
  /** Waits until nothing runs. Never throws. */
  idle(): Promise<void>
  stop(): void
}

export function background(places: number): Background {
  const running = new Set<Promise<void>>()
  const failing = new AbortController()
  const stopping = new AbortController()
  let failure: GatewayError | null = null

  async function guarded(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      failure ??= toGatewayError(error)
      failing.abort(failure)
    }
  }

  async function place(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const waiting = interruptible(signal)
    try {
      while (running.size >= places) await waiting.wait(Promise.race(running))
    } catch {
      // Tasks never throw, so it is the signal.
      throw abortedError(signal)
    } finally {
      waiting.close()
    }
  }

  return {
    failure: () => failure,
    failed: failing.signal,
    stopped: stopping.signal,
    place,
    start(task) {
      const run = guarded(task).then(() => void running.delete(run))
      running.add(run)
    },
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
    stop: () => stopping.abort(),
  }
}
