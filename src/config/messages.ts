import type { z } from 'zod'
import { nearestWord } from './nearest.ts'
import type { FieldPath } from './problem.ts'
import { childShape, knownKeys, type Shape } from './shape.ts'
import { valueAt } from './written/tree.ts'

/** What a schema says against a field, in a sentence for people. */
export interface Complaint {
  readonly field: FieldPath
  readonly sentence: string
}

/** What is said of a field that has to be there. */
export const missing = 'Is missing.'

type Issue = z.core.$ZodIssue

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
  record: 'a section',
  null: 'null',
}

/** Turns a schema's issue into complaints; one for each unknown key. */
export function complaintsOf(issue: Issue, input: unknown, shape: Shape): readonly Complaint[] {
  const field = issue.path.map((key) => (typeof key === 'number' ? key : String(key)))
  if (issue.code !== 'unrecognized_keys') return [{ field, sentence: sentenceOf(issue, valueAt(input, field)) }]
  const known = knownKeys(shapeAt(shape, input, field), valueAt(input, field))
  return issue.keys.map((key) => ({ field: [...field, key], sentence: unknownKey(key, known) }))
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearestWord(key, known)
  if (meant !== null) return `There is no such key. Did you mean ${meant}?`
  return known.length === 0 ? 'There is no such key.' : `There is no such key. There are: ${known.join(', ')}.`
}

/** The shape of the section at the path; an empty one where the path leaves the schema. */
export function shapeAt(shape: Shape, input: unknown, path: FieldPath): Shape {
  let here: Shape | null = shape
  for (const [at, key] of path.entries()) here = here && childShape(here, key, valueAt(input, path.slice(0, at)))
  return here ?? {}
}

function sentenceOf(issue: Issue, value: unknown): string {
  if (value === undefined && issue.code !== 'custom') return missing
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value)
    case 'invalid_value':
      return expectedOneOf(issue.values.map(String), value)
    case 'too_small':
      return bound(issue.origin, issue.minimum, 'least')
    case 'too_big':
      return bound(issue.origin, issue.maximum, 'most')
    case 'invalid_union':
      return unionSentence(issue, value)
    default:
      return ended(issue.message)
  }
}

function wrongType(expected: string, value: unknown): string {
  const isScalar = typeof value === 'number' || typeof value === 'boolean'
  if (expected === 'string' && isScalar) return 'Expected text; put the value in quotes.'
  return `Expected ${typeNames[expected] ?? expected}.`
}

function expectedOneOf(words: readonly string[], value: unknown): string {
  const meant = typeof value === 'string' ? nearestWord(value, words) : null
  return `Expected ${listed(words)}.${meant === null ? '' : ` Did you mean ${meant}?`}`
}

/** `a, b or c` */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function bound(origin: string, limit: number | bigint, word: 'least' | 'most'): string {
  if (origin === 'string' && word === 'least' && limit === 1) return 'Must not be empty.'
  if (origin === 'array' && word === 'least' && limit === 1) return 'Must name at least one.'
  const unit = origin === 'string' ? ' characters long' : origin === 'array' ? ' entries long' : ''
  return `Must be at ${word} ${limit}${unit}.`
}

function unionSentence(issue: Extract<Issue, { code: 'invalid_union' }>, value: unknown): string {
  if ('options' in issue && Array.isArray(issue.options)) return expectedOneOf(issue.options.map(String), value)
  if (issue.message !== 'Invalid input') return ended(issue.message)
  const first = issue.errors.flatMap((errors) => errors.slice(0, 1).map((error) => sentenceOf(error, value)))
  return [...new Set(first)].join(' Or: ') || 'Is not what is expected here.'
}

function ended(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}
