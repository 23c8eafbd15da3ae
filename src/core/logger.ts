/** Facts that stand beside a log line. Values are cleaned when written: one event is one line. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where layers say what happened. Passwords never get here: nothing passes them on. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to each line. */
  with(fields: LogFields): Logger
}

/** For tests and for callers that have nothing to say. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLogger,
}
