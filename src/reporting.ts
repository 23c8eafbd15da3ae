import type { Clock } from './core/clock.ts'
import type { LogOptions } from './core/log-options.ts'
import type { Logger } from './core/logger.ts'
import { transferLog, type LineSink } from './events/transfer-log.ts'
import type { TransferEvent } from './events/transfer-event.ts'
import type { RemovalReport, TransferReport } from './ftp/session/transfer-report.ts'
import { lineWriter, type LineWriter } from './log/line-writer.ts'
import { openLog } from './log/open-log.ts'

/** Who is told of what clients have done with files. */
export interface TransferReporter {
  readonly onTransfer: (report: TransferReport) => void
  readonly onRemoval: (report: RemovalReport) => void
}

/** Where a process says what happened: the log, and the transfer log if there is one. */
export interface Reporting extends TransferReporter {
  readonly logger: Logger
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
    ...transferReporter(logger, transfers, clock),
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

/** What an xferlog is about: listings are transfers too, but no files. */
const fileVerbs: ReadonlySet<string> = new Set(['RETR', 'STOR', 'APPE', 'STOU'])

/** Says what became of each transfer, in the log and, if there is one and a file was moved, the transfer log. */
export function transferReporter(logger: Logger, transfers: LineSink | null, clock: Clock): TransferReporter {
  const note = transfers === null ? null : transferLog(transfers)
  const onTransfer = (report: TransferReport): void => {
    const { failure, proof } = report
    logger.info('transfer', {
      transfer: report.id,
      session: report.sessionId,
      verb: report.verb,
      path: report.path,
      direction: report.direction,
      bytes: report.bytes,
      verdict: report.verdict,
      outcome: report.outcome,
      account: report.account,
      address: report.address,
      type: report.type,
      isProtected: report.isProtected,
      milliseconds: Math.round(report.milliseconds),
      ...(proof && { proof: `${proof.name} ${proof.hex}` }),
      ...(failure && { code: failure.code, reason: failure.message, error: failure.cause }),
    })
    if (fileVerbs.has(report.verb)) note?.(eventOf(report, clock.now()))
  }
  const onRemoval = ({ sessionId, ...facts }: RemovalReport): void => {
    logger.info('file removed', { session: sessionId, ...facts })
    note?.(removalOf(facts, clock.now()))
  }
  return { onTransfer, onRemoval }
}

function eventOf(report: TransferReport, when: Date): TransferEvent {
  const { milliseconds, address, bytes, path, type, direction, account, outcome } = report
  return {
    ...{ when, seconds: milliseconds / 1000, address, bytes, path, account },
    mode: type === 'A' ? 'ascii' : 'binary',
    direction: direction === 'upload' ? 'in' : 'out',
    isAnonymous: isAnonymous(account),
    isComplete: outcome === 'published' || outcome === 'sent',
  }
}

function removalOf(facts: Omit<RemovalReport, 'sessionId'>, when: Date): TransferEvent {
  const nothing = { seconds: 0, bytes: 0, mode: 'binary', direction: 'delete' } as const
  return { ...facts, ...nothing, when, isAnonymous: isAnonymous(facts.account), isComplete: true }
}

function isAnonymous(account: string): boolean {
  return account === 'anonymous' || account === 'ftp'
}
