/** Whether a disk takes and gives bytes at the speed of memory, as the page cache does while it has room, or has them. */
export interface Pace {
  /** Whether a call may be made at once, with every session of the process waiting for it. */
  isQuick(): boolean
  /** Makes such a call, and takes note of how long it took. */
  timed<T>(call: () => T): T
}

/** A call of at most 1 MiB that takes longer has waited for the disk. */
const slowMilliseconds = 10
/** How long a disk that made us wait is asked through the thread pool. */
const restMilliseconds = 10_000

/** `now` in milliseconds. */
export function diskPace(now: () => number): Pace {
  let quickFrom = -Infinity
  return {
    isQuick: () => now() >= quickFrom,
    timed(call) {
      const before = now()
      try {
        return call()
      } finally {
        const after = now()
        if (after - before > slowMilliseconds) quickFrom = after + restMilliseconds
      }
    },
  }
}
