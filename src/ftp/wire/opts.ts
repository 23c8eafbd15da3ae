import { parseOptsMlst, type FactName } from './facts.ts'

/** What an OPTS command asks for. RFC 2389 §4. */
export type Option =
  | { readonly option: 'UTF8'; readonly isOn: boolean }
  | { readonly option: 'MLST'; readonly facts: ReadonlySet<FactName> }
  /** The algorithm in upper case, not checked; null: which one is selected? */
  | { readonly option: 'HASH'; readonly algorithm: string | null }
  /** 1 to 9. */
  | { readonly option: 'MODE Z LEVEL'; readonly level: number }

type ValueParser = (text: string | null) => Option | null

/** Reads OPTS's argument, in any case; null for anything unknown or malformed: 501. */
export function parseOpts(text: string | null): Option | null {
  const match = /^([^ ]+)(?: (.*))?$/s.exec(text ?? '')
  const parse = parsers.get(match?.[1]?.toUpperCase() ?? '')
  return parse === undefined ? null : parse(match?.[2] ?? null)
}

const parsers: ReadonlyMap<string, ValueParser> = new Map<string, ValueParser>([
  ['UTF8', parseUtf8],
  ['UTF-8', parseUtf8],
  ['MLST', parseMlst],
  ['HASH', parseHash],
  ['MODE', parseModeZ],
])

function parseUtf8(text: string | null): Option | null {
  const isOn = text === null || /^on$/i.test(text)
  return isOn || /^off$/i.test(text) ? { option: 'UTF8', isOn } : null
}

function parseMlst(text: string | null): Option | null {
  return text !== null && text.includes(' ') ? null : { option: 'MLST', facts: parseOptsMlst(text) }
}

function parseHash(text: string | null): Option | null {
  if (text === null) return { option: 'HASH', algorithm: null }
  return /^[A-Za-z0-9-]+$/.test(text) ? { option: 'HASH', algorithm: text.toUpperCase() } : null
}

function parseModeZ(text: string | null): Option | null {
  const match = /^Z LEVEL ([1-9])$/i.exec(text ?? '')
  return match === null ? null : { option: 'MODE Z LEVEL', level: Number(match[1]) }
}
