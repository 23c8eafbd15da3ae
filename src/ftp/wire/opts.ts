/** What OPTS names, and what it says of it. RFC 2389 §4. */
export interface OptionText {
  /** The first word, in upper case: `UTF8`, `MLST`, `HASH`, `MODE`; '' for none. */
  readonly name: string
  /** All behind one space, verbatim; '' for nothing. */
  readonly value: string
}

/** Takes OPTS's argument apart. What the value means is up to the option. */
export function parseOpts(text: string): OptionText {
  const space = text.indexOf(' ')
  if (space < 0) return { name: text.toUpperCase(), value: '' }
  return { name: text.slice(0, space).toUpperCase(), value: text.slice(space + 1) }
}

/** `Z LEVEL 1` to `Z LEVEL 9`, the value of OPTS MODE (draft-preston-ftpext-deflate §3); the level, else null. */
export function parseDeflateLevel(value: string): number | null {
  const match = /^Z LEVEL ([1-9])$/i.exec(value)
  return match === null ? null : Number(match[1])
}
