import type { Clock } from './core/clock.ts'
import type { LogOptions } from './core/log-options.ts'
import type { Logger } from './core/logger.ts'
import { transferLog } from './events/transfer-log.ts'
import type { TransferEvent } from './events/transfer-event.ts'
import type { TransferReport } from './ftp/session/transfer-report.ts'
import { lineWriter, type LineWriter } from './log/line-writer.ts'
import { openLog } from './log/open-log.ts'

/** Where a process says what happened: the log, and the transfer log if there is one. */
export interface Reporting {
  readonly logger: Logger
  onTransfer(report: TransferReport): void
  setLevel(level: LogOptions['level']): void
  /** Opens the files again by their names, after they were moved away. */
  reopen(): void
  close(): Promise<void>
}

const closeMilliseconds = 1_000

export interface ReportingOptions {
  readonly clock: Clock
  /** Stands in every line. */
  readonly worker: string
}

/** The reporting of a worker process. @throws the system's error when a file cannot be opened. */
export function openReporting(options: LogOptions, { clock, worker }: ReportingOptions): Reporting {
  const isTerminal = process.stdout.isTTY === true
  const log = openLog({ ...options, clock, isTerminal, isColoured: process.env['NO_COLOR'] === undefined })
  const transfers: LineWriter | null = options.transferLog === null ? null : lineWriter({ to: options.transferLog })
  const logger = log.logger.with({ worker })
  return {
    logger,
    onTransfer: transferReporter(logger, transfers, clock),
    setLevel: (level) => log.setLevel(level),
    reopen() {
      log.reopen()
      transfers?.reopen()
    },
    async close() {
      await transfers?.close(closeMilliseconds)
      await log.close()
    },
  }
}

/** Says what became of each transfer, in the log and, if there is one, the transfer log. */
export function transferReporter(
  logger: Logger,
  transfers: LineWriter | null,
  clock: Clock,
): (report: TransferReport) => void {
  const note = transfers === null ? null : transferLog(transfers)
  return (report) => {
    const { id, sessionId, milliseconds, failure, ...facts } = report
    const reason = failure === null ? {} : { code: failure.code, reason: failure.message, error: failure.cause }
    logger.info('transfer', {
      transfer: id,
      session: sessionId,
      ...facts,
      milliseconds: Math.round(milliseconds),
      ...reason,
    })
    note?.(eventOf(report, clock.now()))
  }
}

function eventOf(report: TransferReport, when: Date): TransferEvent {
  const { milliseconds, address, bytes, path, type, direction, account, outcome } = report
  return {
    ...{ when, seconds: milliseconds / 1000, address, bytes, path, account },
    mode: type === 'A' ? 'ascii' : 'binary',
    direction: direction === 'upload' ? 'in' : 'out',
    isAnonymous: account === 'anonymous' || account === 'ftp',
    isComplete: outcome === 'published' || outcome === 'sent',
  }
}
