import { semaphore, type Semaphore } from '../core/concurrency.ts'

/** Bounds how many passwords are hashed, and wait to be hashed. */
export type HashQueue = Pick<Semaphore, 'run'>

/**
 * The gate before password hashing. Hashing shares four threads with the file system and name look-ups, so two at once leave
 * room for these. @throws GatewayError 'too-busy' by `run`, when `waiting` others wait already.
 */
export function hashQueue(options: { readonly atOnce?: number; readonly waiting?: number } = {}): HashQueue {
  return semaphore({ places: options.atOnce ?? 2, waiting: options.waiting ?? 100 })
}
