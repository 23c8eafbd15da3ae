import type { FieldPath } from '../problem.ts'

/** A configuration as it was written: maps, lists, texts, numbers, booleans, null. */
export type Tree = Record<string, unknown>

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What stands at the path; undefined when nothing does. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root
  for (const key of path) {
    if (Array.isArray(value) && typeof key === 'number') value = value[key]
    else if (isTree(value) && Object.hasOwn(value, key)) value = value[key]
    else return undefined
  }
  return value
}

/** Puts a value at the path and makes the maps and lists on the way. False when something else is in the way. */
export function setAt(root: Tree, path: FieldPath, value: unknown): boolean {
  let holder: unknown = root
  for (const [at, key] of path.entries()) {
    const isLast = at === path.length - 1
    if (!canHold(holder, key)) return false
    const present = valueAt(holder, [key])
    const next = isLast ? value : (present ?? (typeof path[at + 1] === 'number' ? [] : {}))
    // Not an assignment, for a key may be called `__proto__`.
    Object.defineProperty(holder, key, { value: next, writable: true, enumerable: true, configurable: true })
    holder = next
  }
  return true
}

function canHold(holder: unknown, key: string | number): holder is object {
  if (typeof key === 'number') return Array.isArray(holder) && key <= holder.length
  return isTree(holder)
}

/** Makes a value read-only all the way down; dates and sets are left as they are. */
export function deepFreeze<Value>(value: Value): Value {
  if (Array.isArray(value)) value.forEach(deepFreeze)
  else if (isTree(value) && Object.getPrototypeOf(value) === Object.prototype) Object.values(value).forEach(deepFreeze)
  else return value
  return Object.freeze(value)
}
