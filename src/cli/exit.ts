/** Exit statuses of every command; `configuration` is EX_CONFIG of sysexits.h. */
export const exit = { ok: 0, failure: 1, usage: 2, configuration: 78 } as const

/** Ends a command with a sentence on standard error. */
export class CommandError extends Error {
  readonly status: number

  constructor(sentence: string, status: number = exit.failure) {
    super(sentence)
    this.name = 'CommandError'
    this.status = status
  }
}
