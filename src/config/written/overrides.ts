import type { FieldPath, Problem } from '../problem.ts'
import { childShape, knownKeys, type Shape } from '../shape.ts'
import { isTree, setAt, valueAt, type Tree } from './tree.ts'
import { readAsYaml, type LooseField } from '../validate.ts'

const prefix = 'SLUICE__'

export interface Overrides {
  readonly loose: readonly LooseField[]
  readonly problems: readonly Problem[]
  /** The variable a field came from; null when it came from none. */
  sourceOf(path: FieldPath): string | null
}

/**
 * Writes `SLUICE__LIMITS__SESSIONS=5` into the tree. Names are found without regard to case, `-` and `_`; a number is a
 * place in a list, the next free one included. The value is read as YAML, and as the text it is where a text is wanted.
 */
export function applyEnvironment(
  tree: Tree,
  environment: Readonly<Record<string, string | undefined>>,
  shape: () => Shape,
): Overrides {
  const loose: LooseField[] = []
  const problems: Problem[] = []
  const sources = new Map<string, string>()
  const names = Object.keys(environment).filter((name) => name.toUpperCase().startsWith(prefix))
  for (const name of names.toSorted(byNumbers)) {
    const text = environment[name] ?? ''
    const path = findPath(tree, shape(), name.slice(prefix.length).split('__'))
    const value = readAsYaml(text)
    if (path === null || !setAt(tree, path, value === undefined ? text : value)) {
      problems.push({
        severity: 'error',
        source: name,
        line: null,
        field: [],
        sentence: 'Names no field of the configuration.',
      })
      continue
    }
    sources.set(JSON.stringify(path), name)
    if (value !== undefined) loose.push({ path, otherwise: text })
  }
  return { loose, problems, sourceOf: (path) => sourceOf(sources, path) }
}

/** `…__10` behind `…__9`, so that lists grow in order. */
function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function sourceOf(sources: ReadonlyMap<string, string>, path: FieldPath): string | null {
  for (let length = path.length; length > 0; length--) {
    const name = sources.get(JSON.stringify(path.slice(0, length)))
    if (name !== undefined) return name
  }
  return null
}

function findPath(tree: Tree, shape: Shape, segments: readonly string[]): FieldPath | null {
  const path: (string | number)[] = []
  let here: Shape | null = shape
  for (const segment of segments) {
    if (segment === '' || here === null) return null
    const value = valueAt(tree, path)
    const key = findKey(segment, here, value)
    path.push(key)
    here = childShape(here, key, value)
  }
  return here === null ? null : path
}

function findKey(segment: string, shape: Shape, value: unknown): string | number {
  if (/^\d{1,6}$/.test(segment) && (Array.isArray(value) || childShape(shape, 0, value ?? []) !== null))
    return Number(segment)
  const candidates = [...(isTree(value) ? Object.keys(value) : []), ...knownKeys(shape, value ?? {})]
  return candidates.find((key) => plain(key) === plain(segment)) ?? segment.toLowerCase()
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}
