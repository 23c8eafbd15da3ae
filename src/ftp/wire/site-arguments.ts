import { parseCount } from './numbers.ts'

/** A SITE command: its own verb, in upper case, and what follows. */
export interface SiteCommand {
  readonly verb: string
  /** Verbatim behind one space; null when there is nothing. */
  readonly text: string | null
}

/** Takes SITE's argument apart; null when there is none, or when it does not begin with a word of letters. */
export function parseSite(text: string | null): SiteCommand | null {
  const match = /^([A-Za-z]+)(?: (.*))?$/s.exec(text ?? '')
  if (match === null) return null
  const [, verb = '', rest = ''] = match
  return { verb: verb.toUpperCase(), text: rest === '' ? null : rest }
}

/** What SITE CHMOD shall do. */
export interface ChangeMode {
  /** 0 to 0o7777. */
  readonly mode: number
  readonly path: string
}

/** `mode path` behind SITE CHMOD: one to four octal digits, no letters as in `u+x`; else null. */
export function parseChmod(text: string | null): ChangeMode | null {
  const match = /^([0-7]{1,4}) (.+)$/s.exec(text ?? '')
  if (match === null) return null
  const [, mode = '', path = ''] = match
  return { mode: Number.parseInt(mode, 8), path }
}

/** What SITE RESTORE shall do. */
export interface Restore {
  readonly path: string
  /** From 1; null: as configured. */
  readonly days: number | null
}

/**
 * `path [days]` behind SITE RESTORE: a last word of digits is the days, so a name that ends in such a word needs them said. Null
 * without a path, for no days at all, and for more than a year.
 */
export function parseRestore(text: string | null): Restore | null {
  if (text === null || text.trim() === '') return null
  const match = /^(.+) ([0-9]+)$/s.exec(text)
  if (match === null) return { path: text, days: null }
  const [, path = '', digits = ''] = match
  const days = parseCount(digits)
  return days === null || days < 1 || days > mostDays ? null : { path, days }
}

const mostDays = 365
