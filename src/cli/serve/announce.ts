import type { Configuration } from '../../config/schema.ts'
import type { Logger } from '../../core/logger.ts'
import { openLog, type Log } from '../../log/open-log.ts'
import type { CliContext } from '../context.ts'
import type { OpenListener } from '../gateway.ts'

export interface Announcement {
  readonly context: CliContext
  readonly configuration: Configuration
  readonly log: Log
  readonly listeners: readonly OpenListener[]
}

/** Says where clients are accepted, and that all is ready: in the log, and always on standard output. */
export async function announce({ context, configuration, log, listeners }: Announcement): Promise<void> {
  sayOpen(log.logger, listeners)
  const { file, level, format } = configuration.log
  const isSeen = file === null && (level === 'debug' || level === 'info')
  if (isSeen) return
  // Whoever started it reads the ports there, whatever the log is told to keep to itself.
  const isTerminal = context.stdout.isTTY === true
  const output = openLog({ level: 'info', format, file: null, clock: context.clock, isTerminal, isColoured: false })
  sayOpen(output.logger, listeners)
  await output.close()
}

function sayOpen(logger: Logger, listeners: readonly OpenListener[]): void {
  for (const { address, port, tls } of listeners) {
    const host = address.includes(':') ? `[${address}]` : address
    logger.info(`Listening on ${host}:${port}.`, { address, port, tls })
  }
  logger.info('Sluice is ready.')
}
