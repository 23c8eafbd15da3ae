import { z } from 'zod'
import { bytesPattern, durationPattern, formatBytes, formatDuration, parseBytes, parseDuration } from './units.ts'

export interface Bounds {
  /** Smallest value allowed, in bytes or milliseconds. Default 0. */
  readonly min?: number
  /** Largest value allowed, in bytes or milliseconds. */
  readonly max?: number
}

/** An option that is a size: people write `64 MiB` or `67108864`, the program gets bytes. */
export function bytesSchema(bounds: Bounds = {}) {
  const error = 'Expected a size, such as 64 MiB, 10 MB or 67108864.'
  return z
    .union([z.string().regex(bytesPattern, { error }), z.number({ error }).min(0, { error })], { error })
    .transform((value, context) => {
      const problem = { error, ...bounds, format: formatBytes }
      return within(parseBytes(value), problem, (message) => context.addIssue(message))
    })
}

/** An option that is a time: people write `30s`, `5m` or `30` (seconds), the program gets milliseconds. */
export function durationSchema(bounds: Bounds = {}) {
  const error = 'Expected a time, such as 500ms, 30s, 5m, 1h or 1d.'
  return z
    .union([z.string().regex(durationPattern, { error }), z.number({ error }).min(0, { error })], { error })
    .transform((value, context) => {
      const problem = { error, ...bounds, format: formatDuration }
      return within(parseDuration(value), problem, (message) => context.addIssue(message))
    })
}

interface Limits extends Bounds {
  readonly error: string
  readonly format: (value: number) => string
}

function within(value: number | null, limits: Limits, complain: (message: string) => void): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER, format } = limits
  if (value === null) complain(limits.error)
  else if (value < min) complain(`Must be at least ${format(min)}.`)
  else if (value > max) complain(`Must be at most ${format(max)}.`)
  else return value
  return z.NEVER
}
