import type { Clock } from '../core/clock.ts'

/** Shares out the bandwidth of accounts among all their sessions. */
export interface Bandwidth {
  /** Milliseconds to wait before this many bytes more may move. `key` names the account and the direction. */
  delayFor(key: string, bytesPerSecond: number, bytes: number): Promise<number>
}

/** What may be moved at once after a pause, in milliseconds of the bandwidth. */
const burstMilliseconds = 250

export function bandwidth(clock: Clock): Bandwidth {
  /** When what was granted so far will have been moved. */
  const busyUntil = new Map<string, number>()
  return {
    async delayFor(key, bytesPerSecond, bytes) {
      const now = clock.monotonic()
      const start = Math.max(busyUntil.get(key) ?? 0, now - burstMilliseconds)
      busyUntil.set(key, start + (bytes / bytesPerSecond) * 1000)
      return Math.max(0, start - now)
    },
  }
}
