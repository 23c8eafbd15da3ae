import { GatewayError } from './errors.ts'

/** Something to call once when done; later calls do nothing. */
export type Release = () => void

/** A bound on how many do something at once; the others wait in the order they came. */
export interface Semaphore {
  /** Waits for a place. Whoever got one releases it, in `finally`. @throws GatewayError 'too-busy' when too many wait. */
  acquire(): Promise<Release>
  /** A place that is free now; null: there is none. */
  take(): Release | null
  /** Runs the task in a place of its own. @throws GatewayError 'too-busy'; what the task throws. */
  run<T>(task: () => Promise<T>): Promise<T>
  waiting(): number
}

export interface SemaphoreOptions {
  /** How many at once, from 1. */
  readonly places: number
  /** How many may wait; default: any number. */
  readonly waiting?: number
}

export function semaphore({ places, waiting: most = Infinity }: SemaphoreOptions): Semaphore {
  let free = places
  const queue: ((release: Release) => void)[] = []

  function take(): Release | null {
    if (free === 0) return null
    free--
    return held()
  }

  function held(): Release {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const next = queue.shift()
      if (next === undefined) free++
      else next(held())
    }
  }

  async function acquire(): Promise<Release> {
    const place = take()
    if (place !== null) return place
    if (queue.length >= most) throw new GatewayError('too-busy', 'The server is busy.')
    return new Promise((resolve) => queue.push(resolve))
  }

  async function run<T>(task: () => Promise<T>): Promise<T> {
    const release = await acquire()
    try {
      return await task()
    } finally {
      release()
    }
  }

  return {
    acquire,
    take,
    run,
    waiting: () => queue.length,
  }
}

/**
 * Runs the task for each item, so many at once, in any order. After a failure none is begun any more, and all that run are
 * waited for. @throws what the first task that failed has thrown.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  places: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  let hasFailed = false
  const work = async () => {
    for (const item of rest) {
      if (hasFailed) return
      try {
        await task(item)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(places, items.length) }, work))
  const failed = ended.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/**
 * Waits that one signal can end, one at a time. `Promise.race([next(), aborted])` per chunk would keep a reaction on the
 * long-lived promise for each (670 MiB after two million chunks); here the one listener re-arms a single reject.
 */
export interface Interruptible {
  /** Waits for the promise, or throws the signal's reason as soon as it is aborted. Not to be called while it waits. */
  wait<T>(promise: Promise<T>): Promise<T>
  /** Lets go of the signal. */
  close(): void
}

export function interruptible(signal: AbortSignal): Interruptible {
  let reject: ((reason: unknown) => void) | null = null
  const onAbort = () => reject?.(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })

  function wait<T>(promise: Promise<T>): Promise<T> {
    if (signal.aborted) {
      // Nobody waits for it any more, and it may still fail.
      promise.catch(() => {})
      return Promise.reject(signal.reason)
    }
    return new Promise<T>((resolve, fail) => {
      reject = fail
      promise.then(resolve, fail)
    })
  }

  return { wait, close: () => signal.removeEventListener('abort', onAbort) }
}

/**
 * Runs the task with a signal that is aborted after the time, or with the signal given.
 * @throws GatewayError 'unavailable' with the sentence when the time is over, even if the task does not listen.
 */
export async function withDeadline<T>(
  options: { readonly milliseconds: number; readonly sentence: string; readonly signal?: AbortSignal | undefined },
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController()
  const timer = setTimeout(() => {
    deadline.abort(new GatewayError('unavailable', options.sentence))
  }, options.milliseconds)
  const signal = options.signal ? AbortSignal.any([deadline.signal, options.signal]) : deadline.signal
  const waiting = interruptible(signal)
  try {
    return await waiting.wait(task(signal))
  } finally {
    waiting.close()
    clearTimeout(timer)
  }
}

/** Waits until the promise is settled or the time is over; it goes on then. @throws what it throws before that. */
export async function waitAtMost(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  try {
    await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
