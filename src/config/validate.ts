import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import { complaintsOf, type Complaint } from './messages.ts'
import type { FieldPath } from './problem.ts'
import type { Shape } from './shape.ts'
import { setAt, valueAt, type Tree } from './written/tree.ts'

/** A field that came as text from outside the file and may stand for a number, a list, `true` or `null` as well. */
export interface LooseField {
  readonly path: FieldPath
  /** What to take when the present value does not fit. */
  readonly otherwise: unknown
}

export type Validation<Value> =
  | { readonly value: Value; readonly complaints: null }
  | { readonly value: null; readonly complaints: readonly Complaint[] }

/**
 * Holds a tree against its schema. Loose fields that do not fit get their other reading, in `tree` itself, where that one
 * fits better: the text `2121` becomes the port 2121, and the password 12345 the text it was.
 */
export function validate<Value>(
  schema: z.ZodType<Value>,
  tree: Tree,
  options: { readonly loose: readonly LooseField[]; readonly shape: () => Shape },
): Validation<Value> {
  let result = schema.safeParse(tree)
  for (const { path, otherwise } of options.loose) {
    if (result.success) break
    const { issues } = result.error
    if (otherwise === undefined || !issues.some((issue) => concerns(issue.path, path))) continue
    const before = valueAt(tree, path)
    setAt(tree, path, otherwise)
    const retried = schema.safeParse(tree)
    if (retried.success || retried.error.issues.length < issues.length) result = retried
    else setAt(tree, path, before)
  }
  if (result.success) return { value: result.data, complaints: null }
  const { issues } = result.error
  return { value: null, complaints: issues.flatMap((issue) => complaintsOf(issue, tree, options.shape())) }
}

/** A union that fails is reported at its own place, above the field. */
function concerns(issuePath: readonly PropertyKey[], path: FieldPath): boolean {
  return issuePath.length <= path.length && issuePath.every((key, at) => key === path[at])
}

/** What a text says as YAML when that is no text; undefined when it is. */
export function readAsYaml(text: string): unknown {
  try {
    const value: unknown = parseYaml(text, { logLevel: 'silent' })
    return typeof value === 'string' ? undefined : value
  } catch {
    // Not YAML, so it is a text like any other: a password may look like anything.
    return undefined
  }
}
