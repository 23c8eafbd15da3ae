import { notUnderstood } from '../errors.ts'

/** How the end of a body is known: after so many bytes, by its last chunk, or when the connection ends. RFC 9112 §6. */
export type Framing = number | 'chunked' | 'until-close'

/** The head of an answer. */
export interface ResponseHead {
  readonly status: number
  /** Names in lower case. What was said twice in the same words stands once, else with commas between. */
  readonly headers: Readonly<Record<string, string>>
  readonly framing: Framing
  /** The store will close the connection, or may. */
  readonly isLast: boolean
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
/** A line that goes on from the one before has no name, and nobody may send such any more. RFC 9112 §5.2. */
export const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/

/**
 * Reads what stands before the empty line, one byte a character. RFC 9112 §4 to §6.
 * @param method of the request: an answer to HEAD has no body, whatever it says.
 * @throws StoreError 'NotUnderstood' for what does not keep to the rules: where it ends cannot be trusted then.
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n')
  const [, minor, code] = statusLine.exec(lines[0] ?? '') ?? refuse('status line')
  const headers = fieldsOf(lines)
  const status = Number(code)
  if (headers['transfer-encoding'] !== undefined && minor === '0') refuse('transfer coding')
  const isBare = method === 'HEAD' || status < 200 || status === 204 || status === 304
  const framing = isBare ? 0 : framingOf(headers)
  const isLast = minor === '0' || framing === 'until-close' || /\bclose\b/i.test(headers['connection'] ?? '')
  return { status, headers, framing, isLast }
}

/** Those behind the first line. */
function fieldsOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null)
  for (let index = 1; index < lines.length; index++) {
    const [, said = '', raw = ''] = fieldLine.exec(lines[index] ?? '') ?? refuse('header')
    const name = said.toLowerCase()
    const value = trimmed(raw)
    const before = headers[name]
    if (before !== undefined && name === 'transfer-encoding') refuse('transfer coding')
    headers[name] = before === undefined || before === value ? value : `${before}, ${value}`
  }
  return headers
}

/** Somebody between might believe the other header when there are two. RFC 9112 §6.3. */
function framingOf(headers: Readonly<Record<string, string>>): Framing {
  const coding = headers['transfer-encoding']
  const length = headers['content-length']
  if (coding === undefined && length === undefined) return 'until-close'
  if (coding === undefined) return /^\d{1,15}$/.test(length ?? '') ? Number(length) : refuse('length')
  return length === undefined && coding.toLowerCase() === 'chunked' ? 'chunked' : refuse('transfer coding')
}

/** Without white space around it: `trim` would take more than HTTP means, an expression longer than it may. */
function trimmed(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isSpace(value.charCodeAt(start))) start++
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function refuse(what: string): never {
  throw notUnderstood(`The answer has a ${what} that is none.`)
}
