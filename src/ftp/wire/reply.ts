import { hasControlCharacter } from '../../core/paths.ts'

/** What a client reads after a command: one line, or several that belong together. RFC 959 §4.2. */
export interface Reply {
  /** 100 to 599. */
  readonly code: number
  /** At least one. With one line the reply is `ddd line`, else `ddd-first`, inner lines as they are, `ddd last`. */
  readonly lines: readonly string[]
}

/** A reply of one line. */
export function reply(code: number, text: string): Reply {
  return { code, lines: [text] }
}

/** A reply of several lines. FEAT's and MLST's inner lines bring their own leading space. */
export function multilineReply(code: number, first: string, inner: readonly string[], last: string): Reply {
  return { code, lines: [first, ...inner, last] }
}

/**
 * The reply as it goes out, CRLF included. Whatever the lines hold, they stay as many lines as they are: control
 * characters become `?`, and an inner line that begins with a digit gets a space in front.
 */
export function formatReply({ code, lines }: Reply): string {
  const lastIndex = lines.length - 1
  if (lastIndex === 0) return `${code} ${cleanLine(lines[0] ?? '')}\r\n`
  let text = ''
  for (const [index, line] of lines.entries()) {
    const clean = cleanLine(line)
    if (index === 0) text += `${code}-${clean}\r\n`
    else if (index === lastIndex) text += `${code} ${clean}\r\n`
    else text += `${/^\d/.test(clean) ? ' ' : ''}${clean}\r\n`
  }
  return text
}

/** The line without what could end it or drive a terminal (C0, DEL). */
function cleanLine(line: string): string {
  return hasControlCharacter(line) ? line.replaceAll(/[\0-\x1f\x7f]/g, '?') : line
}

/** A path as 257 shows it: within quotes, a quote inside doubled. RFC 959 appendix II. */
export function quotePath(path: string): string {
  return `"${path.replaceAll('"', '""')}"`
}
