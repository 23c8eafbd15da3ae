import type { CliContext } from '../context.ts'
import { exit } from '../exit.ts'

/** Shells, npm and `timeout` signal the group and the process they have started: one request comes twice. */
const sameMilliseconds = 200

/**
 * Settles at the first SIGTERM or SIGINT. What comes within 200 ms of it is the same request; a later one ends the process
 * at once, with status 1.
 */
export function stopRequests(context: Pick<CliContext, 'clock' | 'on' | 'exitAtOnce'>): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | null = null
    const request = () => {
      const now = context.clock.monotonic()
      firstAt ??= now
      if (now - firstAt >= sameMilliseconds) context.exitAtOnce(exit.failure)
      resolve()
    }
    context.on('SIGTERM', request)
    context.on('SIGINT', request)
  })
}
