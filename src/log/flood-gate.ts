/** Lines that people who are not logged in can cause as often as they like. */
const causedByStrangers: ReadonlySet<string> = new Set([
  'login denied',
  'not an FTP client',
  'stranger at a data port',
  'TLS handshake failed',
])

/** How many of each there are in a minute: enough to see what goes on, too few to fill a disk. */
const mostLines = 600
const everyMilliseconds = 60_000

/** Keeps strangers from filling the log. */
export interface FloodGate {
  /** How many such lines were left out before this one; null: this one is to be left out, too. */
  admit(message: string): number | null
}

/** @param now Milliseconds of a clock that is never set back. */
export function floodGate(now: () => number): FloodGate {
  const counts = new Map<string, { since: number; lines: number; leftOut: number }>()
  return {
    admit(message) {
      if (!causedByStrangers.has(message)) return 0
      const time = now()
      const count = counts.get(message)
      if (count === undefined || time - count.since >= everyMilliseconds) {
        counts.set(message, { since: time, lines: 1, leftOut: 0 })
        return count?.leftOut ?? 0
      }
      if (count.lines < mostLines) {
        count.lines++
        return 0
      }
      count.leftOut++
      return null
    },
  }
}
