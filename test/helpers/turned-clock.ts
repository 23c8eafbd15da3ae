import type { Clock } from '../../src/core/clock.ts'

/** A clock that stands still until it is turned. */
export interface TurnedClock extends Clock {
  turn(milliseconds: number): void
}

export function turnedClock(start = new Date('2026-11-20T12:00:00Z')): TurnedClock {
  let passed = 0
  return {
    now: () => new Date(start.getTime() + passed),
    monotonic: () => passed,
    turn(milliseconds) {
      passed += milliseconds
    },
  }
}
