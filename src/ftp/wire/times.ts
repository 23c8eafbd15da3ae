const earliest = Date.UTC(1970, 0, 1)
const latest = Date.UTC(9999, 11, 31, 23, 59, 59)

/** `YYYYMMDDHHMMSS` in UTC, whole seconds, rounded down (RFC 3659 §2.3). Times outside 1970 to 9999 are moved to its ends. */
export function formatTimestamp(date: Date): string {
  const time = new Date(Math.min(Math.max(date.getTime(), earliest), latest))
  const day = time.getUTCFullYear() * 10_000 + (time.getUTCMonth() + 1) * 100 + time.getUTCDate()
  const second = time.getUTCHours() * 10_000 + time.getUTCMinutes() * 100 + time.getUTCSeconds()
  return `${day * 1_000_000 + second}`
}

/** Exactly 14 digits of a real time, UTC, 1970 to 9999, and perhaps `.digits`, kept to milliseconds; else null. */
export function parseTimestamp(text: string): Date | null {
  const match = /^(\d{14})(?:\.(\d+))?$/.exec(text)
  return match === null ? null : calendarTime(match[1] ?? '', match[2] ?? '')
}

/** 8, 10, 12 or 14 digits of a real time, UTC: what is left out is zero. */
function parseShortTimestamp(text: string): Date | null {
  return /^\d{8}(?:\d\d){0,3}$/.test(text) ? calendarTime(text.padEnd(14, '0'), '') : null
}

function calendarTime(digits: string, fraction: string): Date | null {
  const part = (from: number, to: number): number => Number(digits.slice(from, to))
  const seconds = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14))
  const time = new Date(seconds + Number(fraction.slice(0, 3).padEnd(3, '0')))
  // Date.UTC carries 30 February over into March: only a real time, and one in our range, comes back as it went in.
  return formatTimestamp(time) === digits ? time : null
}

/** A path with the time it shall bear. */
export interface TimedPath {
  readonly time: Date
  readonly path: string
}

/** MFMT's argument, `time path` (draft-somers-ftp-mfxx §3); null when the time is none or the path is missing. */
export function parseMfmt(text: string): TimedPath | null {
  const space = text.indexOf(' ')
  const time = space < 0 ? null : parseTimestamp(text.slice(0, space))
  const path = text.slice(space + 1)
  return time === null || path === '' ? null : { time, path }
}

/** MDTM's argument in both its readings. A file may be named like a time and a word. */
export interface MdtmArgument {
  /** The whole argument: the file that is asked for, and the one to look for first. */
  readonly path: string
  /** As `time path`, the form that sets; null when it has not this form. Its time is null when it is none: 501. */
  readonly setting: { readonly time: Date | null; readonly path: string } | null
}

/** Reads `path` or `time path`: a first word of 14 digits (perhaps with a fraction), a space, and more. */
export function parseMdtmArgument(text: string): MdtmArgument {
  const match = /^(\d{14}(?:\.\d+)?) (.+)$/s.exec(text)
  if (match === null) return { path: text, setting: null }
  const [, time = '', path = ''] = match
  return { path: text, setting: { time: parseTimestamp(time), path } }
}

/**
 * What follows SITE UTIME: `path atime mtime ctime UTC`, or `time path` with 8 to 14 digits, as lftp tries them. Of the
 * three times the modification time counts. Null when it is neither.
 */
export function parseSiteUtime(text: string): TimedPath | null {
  const long = /^(.+) (\d{8,14}) (\d{8,14}) (\d{8,14}) UTC$/is.exec(text)
  if (long !== null) {
    const [, path = '', ...times] = long
    const [accessed = null, modified = null, changed = null] = times.map(parseShortTimestamp)
    return accessed === null || modified === null || changed === null ? null : { time: modified, path }
  }
  const space = text.indexOf(' ')
  const time = space < 0 ? null : parseShortTimestamp(text.slice(0, space))
  const path = text.slice(space + 1)
  return time === null || path === '' ? null : { time, path }
}
