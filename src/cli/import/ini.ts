/** One `key = value` of an INI file, as the old tool's parser (Python 2.7's ConfigParser) read it. */
export interface IniOption {
  /** In lower case, as that parser made it. */
  readonly key: string
  readonly value: string
  /** Counted from 1. */
  readonly line: number
  /** What stood behind a blank and a semicolon, which that parser took for a comment; null when nothing did. */
  readonly cut: string | null
}

export interface IniSection {
  readonly name: string
  readonly line: number
  readonly options: ReadonlyMap<string, IniOption>
}

export interface IniFile {
  readonly sections: readonly IniSection[]
  /** Lines that mean nothing to the parser. The old tool would not have started. */
  readonly brokenLines: readonly number[]
}

interface Draft {
  readonly name: string
  readonly line: number
  readonly options: Map<string, IniOption>
}

/**
 * Reads INI text as Python 2.7 did: `=` or `:` behind the key, whole lines of `#`, `;` or `rem` are comments, a line that
 * begins with a blank goes on with the value before. A `#`, `;` or `%` inside a value belongs to it; only a semicolon behind
 * a blank begins a comment. Later keys of one name win.
 */
export function parseIni(text: string): IniFile {
  const sections = new Map<string, Draft>()
  const brokenLines: number[] = []
  let section: Draft | null = null
  let last: IniOption | null = null
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1
    if (raw.trim() === '' || isComment(raw)) continue
    if (/^\s/.test(raw) && section !== null && last !== null) {
      last = goneOn(last, raw)
      section.options.set(last.key, last)
      continue
    }
    const heading = /^\[([^\]]+)\]/.exec(raw)
    if (heading !== null) {
      section = sections.get(heading[1] ?? '') ?? { name: heading[1] ?? '', line, options: new Map() }
      sections.set(section.name, section)
      last = null
      continue
    }
    last = section === null ? null : parseOption(raw, line)
    if (last === null || section === null) brokenLines.push(line)
    else section.options.set(last.key, last)
  }
  return { sections: [...sections.values()], brokenLines }
}

function goneOn(option: IniOption, raw: string): IniOption {
  return { ...option, value: `${option.value}\n${raw.trim()}` }
}

function isComment(raw: string): boolean {
  return raw.startsWith('#') || raw.startsWith(';') || /^rem(\s|$)/i.test(raw)
}

function parseOption(raw: string, line: number): IniOption | null {
  const match = /^([^:=\s][^:=]*?)\s*[:=]\s*(.*)$/.exec(raw)
  if (match === null) return null
  const [, key = '', rest = ''] = match
  // The parser looked at the first semicolon only.
  const semicolon = rest.indexOf(';')
  const isCut = semicolon > 0 && /\s/.test(rest[semicolon - 1] ?? '')
  const value = (isCut ? rest.slice(0, semicolon) : rest).trim()
  return {
    key: key.trim().toLowerCase(),
    value: value === '""' ? '' : value,
    line,
    cut: isCut ? rest.slice(semicolon) : null,
  }
}
