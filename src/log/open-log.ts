import { pino, type Logger as PinoLogger } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { LogOptions } from '../core/log-options.ts'
import type { LogFields, Logger } from '../core/logger.ts'
import { cleanFields, escapeUnseen } from './clean.ts'
import { floodGate, type FloodGate } from './flood-gate.ts'
import { lineWriter, type LineWriter } from './line-writer.ts'
import { standardOutput } from './output.ts'
import { prettyLine } from './pretty.ts'

export interface OpenLogOptions extends Pick<LogOptions, 'level' | 'format' | 'file'> {
  readonly clock: Clock
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean
  /** Whether it may be coloured there. */
  readonly isColoured: boolean
  /** In place of the file or standard output; for tests. */
  readonly writer?: LineWriter
}

export interface Log {
  readonly logger: Logger
  /** Lines that could not be written. */
  lostLines(): number
  setLevel(level: LogOptions['level']): void
  /** Opens the log file again by its name, after it was moved away. */
  reopen(): void
  /** Writes what waits, for a second at most. */
  close(): Promise<void>
}

const closeMilliseconds = 1000

/** @throws the system's error when the log file cannot be opened. */
export function openLog(options: OpenLogOptions): Log {
  const { level, format, file, clock, isTerminal, isColoured } = options
  const writer = options.writer ?? lineWriter({ to: file ?? standardOutput() })
  const isPretty = format === 'pretty' || (format === 'auto' && file === null && isTerminal)
  const render = isPretty
    ? (json: string) => prettyLine(json, { isColoured: isColoured && isTerminal && file === null })
    : escapeUnseen
  let reportedLost = 0

  /** A gap in the log is told where it ends. */
  function writeLine(line: string): void {
    const json = line.trimEnd()
    const lost = writer.lostLines()
    writer.write(render(json))
    if (lost === reportedLost || writer.lostLines() > lost) return
    const gap = {
      level: 'warn',
      time: clock.now().toISOString(),
      lost: lost - reportedLost,
      msg: 'Log lines were lost.',
    }
    reportedLost = lost
    writer.write(render(JSON.stringify(gap)))
  }

  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: writeLine },
  )
  return {
    logger: adapt(
      root,
      floodGate(() => clock.monotonic()),
    ),
    lostLines: () => writer.lostLines(),
    setLevel(next) {
      // Children ask their parent, so this holds for loggers that are in use already.
      root.level = next
    },
    reopen: () => writer.reopen(),
    close: () => writer.close(closeMilliseconds),
  }
}

function adapt(log: PinoLogger, gate: FloodGate): Logger {
  const at = (level: LogOptions['level']) => (message: string, fields?: LogFields) => {
    if (!log.isLevelEnabled(level)) return
    const leftOut = gate.admit(message)
    if (leftOut === null) return
    const told = leftOut === 0 ? fields : { ...fields, leftOut }
    if (told === undefined) return log[level](message)
    // What clients and stores do wrong is no fault in the code, unless somebody looks for one.
    const hasStacks = level === 'error' || log.isLevelEnabled('debug')
    log[level](cleanFields(told, hasStacks ? 'with-stacks' : 'without-stacks'), message)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => adapt(log.child(cleanFields(fields)), gate),
  }
}
