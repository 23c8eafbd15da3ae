/** Time as an argument, so that tests can turn it. */
export interface Clock {
  /** The time of day, for what people read and what outlives the process. */
  now(): Date
  /** Milliseconds that never jump, for everything that waits or measures. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
}
