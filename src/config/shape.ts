import { isTree, type Tree } from './written/tree.ts'

/** A piece of JSON Schema, as `z.toJSONSchema` writes it. */
export interface Shape {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly const?: string
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Shape
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly oneOf?: readonly Shape[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly $defs?: Readonly<Record<string, Shape>>
}

/** The shapes a value may have behind `null` and `$ref`, without the choices that the value rules out. */
export function choicesFor(shape: Shape, value: unknown): readonly Shape[] {
  const choices = [...(shape.anyOf ?? []), ...(shape.oneOf ?? [])]
  if (choices.length === 0) return [shape]
  return choices.flatMap((choice) => choicesFor(choice, value)).filter((choice) => fits(choice, value))
}

function fits({ type, properties = {} }: Shape, value: unknown): boolean {
  if (Array.isArray(value)) return type === 'array'
  if (!isTree(value)) return type !== 'null'
  const isRuledOut = ([key, { const: wanted }]: [string, Shape]) =>
    wanted !== undefined && Object.hasOwn(value, key) && value[key] !== wanted
  return type === 'object' && !Object.entries(properties).some(isRuledOut)
}

/** The shape below a key; null when there is nothing of that name. */
export function childShape(shape: Shape, key: string | number, value: unknown): Shape | null {
  for (const { properties = {}, items, additionalProperties } of choicesFor(shape, value)) {
    const known = typeof key === 'number' ? items : Object.hasOwn(properties, key) ? properties[key] : undefined
    if (known !== undefined) return known
    if (typeof key === 'string' && typeof additionalProperties === 'object') return additionalProperties
  }
  return null
}

/** The names that a section may hold; empty where it may hold any. */
export function knownKeys(shape: Shape, value: unknown): readonly string[] {
  return [...new Set(choicesFor(shape, value).flatMap(({ properties = {} }) => Object.keys(properties)))]
}

/** The configuration as it is in force: what was written, and the defaults beside it. */
export function withDefaults(shape: Shape, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = childShape(shape, 0, value)
    return items === null ? value : value.map((item) => withDefaults(items, item))
  }
  if (!isTree(value)) return value
  const result: Tree = {}
  for (const key of new Set([...knownKeys(shape, value), ...Object.keys(value)])) {
    const below = childShape(shape, key, value)
    const present = Object.hasOwn(value, key) ? value[key] : below?.default
    if (present !== undefined) result[key] = below === null ? present : withDefaults(below, present)
  }
  return result
}
