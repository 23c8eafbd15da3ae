import type { CliContext } from '../context.ts'
import { exit } from '../exit.ts'

/** Shells, npm and `timeout` signal the group and the process they have started: one request comes twice. */
const sameMilliseconds = 200

/**
 * Settles at the first SIGTERM or SIGINT. What comes within 200 ms of it is the same request; a later one ends the process
 * at once, with status 1. SIGHUP is for `onReload`, but from a terminal that has been closed: then nobody wants a service that
 * goes on unseen and holds its ports.
 */
export function stopRequests(
  context: Pick<CliContext, 'clock' | 'on' | 'exitAtOnce' | 'hasTerminal'>,
  { onReload }: { readonly onReload: () => void },
): Promise<void> {
  const hadTerminal = context.hasTerminal()
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
    context.on('SIGHUP', () => (hadTerminal && !context.hasTerminal() ? request() : onReload()))
  })
}
