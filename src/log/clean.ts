import type { LogFields } from '../core/logger.ts'

const secretKey =
  /^(?:password|passwd|passwordhash|secret|secretkey|secretaccesskey|token|sessiontoken|authorization|argument)$/i
const reservedKeys: ReadonlySet<string> = new Set(['time', 'level', 'msg'])
const maximumDepth = 5
const maximumItems = 100
const maximumText = 8192

/** How an error is told: with the lines of code it came through, for whoever looks for a fault of ours, or without. */
export type Stacks = 'with-stacks' | 'without-stacks'

/** Fields as plain JSON values: bounded, without secrets, and without a key that a log line has itself. */
export function cleanFields(fields: LogFields, stacks: Stacks = 'with-stacks'): Record<string, unknown> {
  const clean = cleaner(stacks)
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue
    result[reservedKeys.has(key) ? `${key}_` : key] = secretKey.test(key) ? '<redacted>' : clean(value, 0)
  }
  return result
}

type Clean = (value: unknown, depth: number) => unknown

function cleaner(stacks: Stacks): Clean {
  const clean: Clean = (value, depth) => {
    if (typeof value === 'string') return cut(value)
    if (typeof value === 'bigint') return value.toString()
    if (typeof value === 'function' || typeof value === 'symbol') return `<${typeof value}>`
    if (typeof value !== 'object' || value === null) return value
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (value instanceof Uint8Array) return `<${value.length} bytes>`
    if (depth >= maximumDepth) return '<…>'
    const below = (each: unknown) => clean(each, depth + 1)
    if (value instanceof Error) return cleanError(value, stacks, below)
    if (Array.isArray(value)) return value.slice(0, maximumItems).map(below)
    return cleanObject(value, below)
  }
  return clean
}

function cleanObject(value: object, below: (value: unknown) => unknown): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, maximumItems)
  return Object.fromEntries(entries.map(([key, each]) => [key, secretKey.test(key) ? '<redacted>' : below(each)]))
}

function cleanError(error: Error, stacks: Stacks, below: (value: unknown) => unknown): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const code: unknown = 'code' in error ? error.code : undefined
  return {
    name,
    message: cut(message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack === undefined || stacks === 'without-stacks' ? {} : { stack: cut(stack) }),
    ...(cause === undefined ? {} : { cause: below(cause) }),
  }
}

function cut(text: string): string {
  return text.length <= maximumText ? text : `${text.slice(0, maximumText)}…`
}

/**
 * Escapes, in JSON, what a terminal or a log reader could take for more than text and JSON leaves as it is: DEL, C1
 * controls, line and paragraph separators, and marks that turn the direction of writing.
 */
export function escapeUnseen(json: string): string {
  return json.replaceAll(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
