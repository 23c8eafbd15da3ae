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
