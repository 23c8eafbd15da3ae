/** One place of a pattern: a character's code point, any character, or one of a set. */
type Place = number | 'any' | CharacterSet

interface CharacterSet {
  readonly isNegated: boolean
  readonly ranges: readonly (readonly [first: number, last: number])[]
}

/** No name is longer, so no longer pattern need be tried. */
const maxPatternLength = 1024

const star = 0x2a
const question = 0x3f
const open = 0x5b
const close = 0x5d
const dash = 0x2d
const negations: readonly (number | undefined)[] = [0x21, 0x5e]

/** Whether the name holds anything that a pattern could mean. */
export function hasPattern(name: string): boolean {
  return /[*?[]/.test(name)
}

/** Whether the name is one of the pattern's. To match many names, prepare the pattern once. */
export function matchPattern(pattern: string, name: string): boolean {
  return compilePattern(pattern)(name)
}

/**
 * Prepares a pattern of `*`, `?` and `[…]` (ranges, `!` or `^` in front negates, `]` in front is itself). No braces, no
 * escapes, no exception for dot files. A bracket that is never closed is itself. Characters are code points.
 *
 * The pattern comes from a client: it never becomes a RegExp, and no pattern costs more than its length times the name's.
 * Patterns beyond 1024 characters match nothing.
 */
export function compilePattern(pattern: string): (name: string) => boolean {
  if (pattern.length > maxPatternLength) return () => false
  const [prefix = [], ...others] = runsBetweenStars(codePoints(pattern))
  const suffix = others.pop()
  if (suffix === undefined) return (name) => matchesWhole(prefix, codePoints(name))
  return (name) => matchesAround({ prefix, middle: others, suffix }, codePoints(name))
}

interface Runs {
  readonly prefix: readonly Place[]
  /** In this order, anywhere between. */
  readonly middle: readonly (readonly Place[])[]
  readonly suffix: readonly Place[]
}

function matchesWhole(run: readonly Place[], name: readonly number[]): boolean {
  return run.length === name.length && matchesAt(run, name, 0)
}

/** Both ends are fixed, and for what lies between the leftmost place is always as good as any other: no way back is kept. */
function matchesAround({ prefix, middle, suffix }: Runs, name: readonly number[]): boolean {
  const end = name.length - suffix.length
  let at = prefix.length
  if (at > end || !matchesAt(prefix, name, 0) || !matchesAt(suffix, name, end)) return false
  for (const run of middle) {
    const lastStart = end - run.length
    while (at <= lastStart && !matchesAt(run, name, at)) at++
    if (at > lastStart) return false
    at += run.length
  }
  return true
}

function matchesAt(run: readonly Place[], name: readonly number[], from: number): boolean {
  for (let offset = 0; offset < run.length; offset++)
    if (!accepts(run[offset] ?? 'any', name[from + offset] ?? -1)) return false
  return true
}

function accepts(place: Place, point: number): boolean {
  if (typeof place === 'number') return place === point
  if (place === 'any') return true
  return place.ranges.some(([first, last]) => first <= point && point <= last) !== place.isNegated
}

function runsBetweenStars(points: readonly number[]): Place[][] {
  let run: Place[] = []
  const runs = [run]
  for (let at = 0; at < points.length; at++) {
    const point = points[at] ?? 0
    const set = point === open ? readSet(points, at + 1) : null
    if (point === star) runs.push((run = []))
    else if (point === question) run.push('any')
    else run.push(set?.set ?? point)
    at = set?.end ?? at
  }
  // Stars side by side are one star.
  return runs.filter((inner, index) => inner.length > 0 || index === 0 || index === runs.length - 1)
}

/** The set that begins behind its bracket, and where its closing bracket is; null when it is never closed. */
function readSet(points: readonly number[], start: number): { set: CharacterSet; end: number } | null {
  const isNegated = negations.includes(points[start])
  const from = isNegated ? start + 1 : start
  const end = points.indexOf(close, from + 1)
  if (end < 0) return null
  const ranges: [number, number][] = []
  for (let at = from; at < end; at++) {
    const first = points[at] ?? 0
    const isRange = points[at + 1] === dash && at + 2 < end
    ranges.push([first, isRange ? (points[at + 2] ?? 0) : first])
    if (isRange) at += 2
  }
  return { set: { isNegated, ranges }, end }
}

function codePoints(text: string): readonly number[] {
  const points: number[] = []
  for (const character of text) points.push(character.codePointAt(0) ?? 0)
  return points
}
