import { missing, type Complaint } from './messages.ts'
import { crossChecks } from './checks.ts'
import { fillIn } from './written/defaults.ts'
import { readDocument, type ConfigurationDocument } from './written/document.ts'
import { configurationShape } from './json-schema.ts'
import { applyEnvironment, type Overrides } from './written/overrides.ts'
import type { Problem } from './problem.ts'
import { reasonOf } from './written/references.ts'
import { configurationSchema, type Configuration } from './schema.ts'
import { secretFields } from './secrets.ts'
import { withDefaults } from './shape.ts'
import type { DriverOptions } from './storage-options.ts'
import { deepFreeze, valueAt, type Tree } from './written/tree.ts'
import { readAsYaml, validate, type LooseField } from './validate.ts'

export interface LoadOptions {
  /** The file's path; left out with `text` too: an empty configuration. */
  readonly file?: string
  /** The file's content, when it is known already. */
  readonly text?: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly readFile: (path: string) => Promise<string>
  readonly drivers: readonly DriverOptions[]
  /** Writes what the command line says into the tree, over the file and the environment, and tells what cannot be. */
  readonly adjust?: (tree: Tree, written: Tree) => readonly Complaint[]
  /** Whether people other than its owner may read the file. */
  readonly isPublic?: boolean
  /** Looks at a configuration that is right in itself for what is wrong with the world around it. */
  readonly examine?: (configuration: Configuration) => Promise<readonly Finding[]>
}

export interface Finding extends Complaint {
  readonly severity: Problem['severity']
}

export interface LoadedConfiguration {
  /** Null when a problem is an error. */
  readonly configuration: Configuration | null
  /** All of them, in the order of their lines. */
  readonly problems: readonly Problem[]
  /** What is in force, as it would be written, with secrets in it: for showing it redacted. */
  readonly written: () => unknown
}

/**
 * Reads a configuration: defaults, then the file, then the environment (`SLUICE__…`), then the command line. All mistakes
 * are reported together. Never throws for what a person wrote.
 */
export async function loadConfiguration(options: LoadOptions): Promise<LoadedConfiguration> {
  const source = options.file ?? 'configuration'
  const text = await readText(options)
  if (typeof text !== 'string') return { configuration: null, problems: [text], written: () => ({}) }
  const document = await readDocument(text, { ...options, source })
  const { drivers } = options
  const shape = once(() => configurationShape(drivers))
  const tree = structuredClone(document.tree)
  fillIn(tree)
  const overrides = applyEnvironment(tree, options.environment, shape)
  const flags = options.adjust?.(tree, document.tree) ?? []
  const loose = [...overrides.loose, ...looseFields(document)]
  const { value, complaints } = validate(configurationSchema(drivers), tree, { loose, shape })
  const found = [...flags, ...(complaints ?? []), ...crossChecks(tree)]
  const place = placer(document, overrides, source)
  const warnings = options.isPublic === true ? exposedSecrets(document) : []
  const mistakes = [
    ...document.problems,
    ...overrides.problems,
    ...place('error', found.filter(unlessSaid(document.problems))).filter(isJudged(document)),
    ...place('warning', warnings).filter(isJudged(document)),
  ]
  const isRight = value !== null && !mistakes.some(isError)
  const findings = isRight ? ((await options.examine?.(value)) ?? []) : []
  const problems = inOrder([...mistakes, ...findings.flatMap((finding) => place(finding.severity, [finding]))])
  const isUsable = value !== null && !problems.some(isError)
  return {
    configuration: isUsable ? deepFreeze(value) : null,
    problems,
    written: () => withDefaults(shape(), tree),
  }
}

async function readText({ file, text, readFile }: LoadOptions): Promise<string | Problem> {
  if (text !== undefined) return text
  if (file === undefined) return ''
  try {
    return await readFile(file)
  } catch (error) {
    const sentence = `The file cannot be read${reasonOf(error)}.`
    return { severity: 'error', source: file, line: null, field: [], sentence }
  }
}

function looseFields({ tree, substituted }: ConfigurationDocument): readonly LooseField[] {
  return substituted.map((path) => ({ path, otherwise: readAsYaml(String(valueAt(tree, path))) }))
}

function placer(document: ConfigurationDocument, overrides: Overrides, file: string) {
  return (severity: Problem['severity'], complaints: readonly Complaint[]): readonly Problem[] =>
    complaints.map(({ field, sentence }) => {
      const variable = overrides.sourceOf(field)
      if (variable !== null) return { severity, source: variable, line: null, field, sentence }
      return { severity, source: file, line: document.lineOf(field), field, sentence }
    })
}

/** One mistake is told once: a field whose variable is not set is not also called empty, nor a missing one twice. */
function unlessSaid(problems: readonly Problem[]): (complaint: Complaint) => boolean {
  const said = new Set(problems.map(({ field }) => JSON.stringify(field)))
  return ({ field }) => {
    const key = JSON.stringify(field)
    if (field.length > 0 && said.has(key)) return false
    said.add(key)
    return true
  }
}

/** Behind a syntax error, and of what is missing before it, nothing certain can be said. */
function isJudged({ brokenFrom }: ConfigurationDocument): (problem: Problem) => boolean {
  return ({ line, sentence }) => brokenFrom === null || (line !== null && line < brokenFrom && sentence !== missing)
}

function exposedSecrets({ tree, substituted }: ConfigurationDocument): readonly Complaint[] {
  const referred = new Set(substituted.map((path) => JSON.stringify(path)))
  const sentence =
    'Stands here in clear, and everyone on this machine may read the file: use ${env:NAME} or ${file:PATH}, or chmod 600.'
  return secretFields(tree)
    .filter((field) => !referred.has(JSON.stringify(field)))
    .map((field) => ({ field, sentence }))
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null
  return () => (made ??= { value: make() }).value
}
