import type { FieldPath } from './problem.ts'
import { isTree, type Tree } from './written/tree.ts'

const secretName = /password|passphrase|secret|token|customerKey/i
const harmlessName = /(File|Url|Id|Timeout|Queue)$/

/** Whether a key holds something that nobody should read. */
export function isSecretKey(key: string): boolean {
  return secretName.test(key) && !harmlessName.test(key)
}

/** The same tree, fit to be shown. */
export function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted)
  if (!isTree(value)) return value
  const result: Tree = {}
  for (const [key, below] of Object.entries(value)) result[key] = shown(key, below)
  return result
}

/** `postgresql://user:password@host/database`: its beginning, and its password. */
const urlPassword = /^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*:)[^/?#]*@/i

function shown(key: string, value: unknown): unknown {
  if (typeof value === 'string' && urlPassword.test(value)) return value.replace(urlPassword, '$1<redacted>@')
  const isScalar = typeof value === 'string' || typeof value === 'number'
  return isScalar && isSecretKey(key) ? '<redacted>' : redacted(value)
}

/** Where secrets stand; a hash counts as none. */
export function secretFields(value: unknown, path: FieldPath = []): readonly FieldPath[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => secretFields(item, [...path, at]))
  if (!isTree(value)) return []
  return Object.entries(value).flatMap(([key, below]) => {
    const field = [...path, key]
    const isSecret = isSecretKey(key) && !/hash$/i.test(key)
    const holdsSecret = typeof below === 'string' && (isSecret || urlPassword.test(below))
    return holdsSecret ? [field] : secretFields(below, field)
  })
}
