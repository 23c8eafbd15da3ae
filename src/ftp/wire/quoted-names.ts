import { parseCount } from './numbers.ts'

/** One way to read the argument of XCRC, XMD5, XSHA…. */
export interface ChecksumReading {
  readonly name: string
  /** The first byte. */
  readonly start: number
  /** Behind the last byte; null: to the end. May lie before `start`: the caller says 501. */
  readonly end: number | null
}

/**
 * All ways to read the argument, to be tried in this order until one names a file: the whole text as a name, then
 * `"quoted name" [start [end]]`, then `name start end` and `name start`. WinSCP quotes names that hold blanks.
 */
export function parseChecksumArgument(text: string): readonly ChecksumReading[] {
  const whole = { name: text, start: 0, end: null }
  const quoted = readWord(text)
  if (text.startsWith('"') && quoted !== null && quoted.name !== '') {
    const range = parseRangeWords(quoted.rest.split(' ').slice(1))
    return range === null ? [whole] : [whole, { name: quoted.name, ...range }]
  }
  const words = text.split(' ')
  const readings = [2, 1].flatMap((count) => {
    const name = words.slice(0, -count).join(' ')
    const range = parseRangeWords(words.slice(-count))
    return name === '' || range === null ? [] : [{ name, ...range }]
  })
  return [whole, ...readings]
}

function parseRangeWords(words: readonly string[]): { start: number; end: number | null } | null {
  if (words.length > 2) return null
  const [start = 0, end = null] = words.map(parseCount)
  const isBroken = start === null || (words.length === 2 && end === null)
  return isBroken ? null : { start, end }
}

/** The target and the parts of COMB, at least one. */
export interface CombArgument {
  readonly target: string
  readonly parts: readonly string[]
}

/**
 * COMB's argument, `"target" "part" …` (draft-peterson-streamlined-ftp-command-extensions §3.1); names without blanks may
 * go without quotes. Null for an open quote, an empty name, and when there is nothing to combine.
 */
export function parseCombArgument(text: string): CombArgument | null {
  const names: string[] = []
  let rest = text
  while (rest !== '') {
    const word = readWord(rest)
    if (word === null || word.name === '') return null
    names.push(word.name)
    if (word.rest === ' ') return null
    rest = word.rest.slice(1)
  }
  const [target, ...parts] = names
  return target === undefined || parts.length === 0 ? null : { target, parts }
}

/** The first word and what follows it, its blank included. Within quotes a quote is doubled, as in 257. */
function readWord(text: string): { name: string; rest: string } | null {
  const match = /^(?:"((?:[^"]|"")*)"|([^ "][^ ]*))(?= |$)/.exec(text)
  if (match === null) return null
  const [all, quoted, bare = ''] = match
  return { name: quoted?.replaceAll('""', '"') ?? bare, rest: text.slice(all.length) }
}
