/** A way into a configuration: `['accounts', 1, 'name']`. */
export type FieldPath = readonly (string | number)[]

/** Something wrong with a configuration, in one sentence that shows no value and so no secret. */
export interface Problem {
  /** An error keeps the configuration from being used; a warning does not. */
  readonly severity: 'error' | 'warning'
  /** The file, or the variable of the environment, that it stands in; null when it is nowhere. */
  readonly source: string | null
  /** Counted from 1; null when it has no line of its own. */
  readonly line: number | null
  readonly field: FieldPath
  readonly sentence: string
}

/** `accounts[1].name`; empty for the whole. A key that is no plain word is quoted and cut, so that a problem stays one line. */
export function fieldName(path: FieldPath): string {
  return path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${keyName(key)}`))
    .join('')
}

function keyName(key: string): string {
  return /^[\w-]{1,60}$/.test(key) ? key : JSON.stringify(key.slice(0, 60))
}

/** `sluice.yaml:12: accounts[1].name: Must not be empty.` */
export function formatProblem({ source, line, field, sentence }: Problem): string {
  const place = source === null ? [] : [line === null ? source : `${source}:${line}`]
  return [...place, ...(field.length === 0 ? [] : [fieldName(field)]), sentence].join(': ')
}
