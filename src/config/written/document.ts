import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml'
import type { FieldPath, Problem } from '../problem.ts'
import { referredFiles, substitute, type ReferenceSources } from './references.ts'
import { isTree, type Tree } from './tree.ts'

export interface DocumentSources {
  /** Its name in problems. */
  readonly source: string
  readonly environment: ReferenceSources['environment']
  readonly readFile: (path: string) => Promise<string>
}

/** A YAML text as values, with the places they stand at. */
export interface ConfigurationDocument {
  readonly tree: Tree
  /** The line of a field, or of the nearest thing around it that has one. */
  lineOf(path: FieldPath): number | null
  /** Fields whose text came from a reference, at least in part. */
  readonly substituted: readonly FieldPath[]
  readonly problems: readonly Problem[]
  /** The line from which the text is no YAML, so that nothing behind it can be judged; null when all of it is. */
  readonly brokenFrom: number | null
}

/** Aliases could otherwise make a small file into a huge tree. */
const maximumNodes = 200_000
const maximumDepth = 50

/** Reads a configuration's YAML and puts in what it refers to. Mistakes become problems; the rest is read all the same. */
export async function readDocument(text: string, sources: DocumentSources): Promise<ConfigurationDocument> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' })
  const { source, environment } = sources
  const lineAt = (offset: number) => lines.linePos(offset).line
  const files = await readReferredFiles(document, sources.readFile)
  const reader = nodeReader(document, { environment, files }, (line, field, sentence) =>
    problems.push({ severity: 'error', source, line, field, sentence }),
  )
  const problems: Problem[] = syntaxErrors(document, lines).map((found) => ({ severity: 'error', source, ...found }))
  const tree = reader.read(document.contents, [], lineAt)
  if (!isTree(tree) && tree !== null)
    problems.push({
      severity: 'error',
      source,
      line: 1,
      field: [],
      sentence: 'Expected a section: lines like `key: value`.',
    })
  return {
    tree: isTree(tree) ? tree : {},
    substituted: reader.substituted,
    problems,
    brokenFrom: document.errors.length === 0 ? null : (problems[0]?.line ?? 1),
    lineOf: (path) => nearest(reader.lines, path),
  }
}

/** Only the first error is told: what follows it is most often its echo. */
function syntaxErrors(document: Document, lines: LineCounter): readonly Omit<Problem, 'severity' | 'source'>[] {
  return [...document.errors.slice(0, 1), ...document.warnings].map(({ message, pos }) => {
    const { line } = lines.linePos(pos[0])
    const [what = ''] = message.split('\n', 1)
    const hint = message.includes('flow-map') ? ' Between { and }, values like ${env:NAME} need quotes.' : ''
    return { line, field: [], sentence: `Not valid YAML: ${what.replace(/[.:]?$/, '.')}${hint}` }
  })
}

async function readReferredFiles(
  document: Document,
  readFile: (path: string) => Promise<string>,
): Promise<ReadonlyMap<string, string | Error>> {
  const paths = new Set<string>()
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string') referredFiles(node.value).forEach((path) => paths.add(path))
    },
  })
  const read = async (path: string): Promise<[string, string | Error]> => {
    try {
      return [path, await readFile(path)]
    } catch (error) {
      return [path, error instanceof Error ? error : new Error(String(error))]
    }
  }
  return new Map(await Promise.all([...paths].map(read)))
}

type LineAt = (offset: number) => number
type Complain = (line: number | null, field: FieldPath, sentence: string) => void

function nodeReader(document: Document, sources: ReferenceSources, complain: Complain) {
  const lines = new Map<string, number>()
  const substituted: FieldPath[] = []
  let nodes = 0

  function read(node: unknown, path: FieldPath, lineAt: LineAt): unknown {
    if (++nodes > maximumNodes || path.length > maximumDepth) return tooLarge(path)
    const target = isAlias(node) ? node.resolve(document) : node
    const line = lineOfNode(node, lineAt)
    if (line !== null && !lines.has(placeKey(path))) lines.set(placeKey(path), line)
    if (isMap(target)) return readMap(target.items, path, lineAt)
    if (isSeq(target)) return target.items.map((item, at) => read(item, [...path, at], lineAt))
    if (isScalar(target)) return readScalar(target.value, path)
    return null
  }

  function tooLarge(path: FieldPath): null {
    if (nodes <= maximumNodes + 1) complain(nearest(lines, path), [], 'Too large or too deep for a configuration.')
    nodes = maximumNodes + 1
    return null
  }

  function readMap(items: readonly { key: unknown; value: unknown }[], path: FieldPath, lineAt: LineAt): Tree {
    const tree: Tree = {}
    for (const { key, value } of items) {
      const name = isScalar(key) ? String(key.value) : null
      const line = lineOfNode(key, lineAt)
      if (name === null) {
        complain(line, path, 'Expected a name in front of the colon.')
        continue
      }
      const place = [...path, name]
      if (Object.hasOwn(tree, name)) {
        complain(line, place, `Stands twice; the first time in line ${lines.get(placeKey(place)) ?? '?'}.`)
        continue
      }
      if (line !== null) lines.set(placeKey(place), line)
      // Not an assignment, for a key may be called `__proto__`.
      const below = read(value, place, lineAt)
      Object.defineProperty(tree, name, { value: below, writable: true, enumerable: true, configurable: true })
    }
    return tree
  }

  function readScalar(value: unknown, path: FieldPath): unknown {
    if (typeof value !== 'string') return value
    const result = substitute(value, sources)
    for (const sentence of result.complaints) complain(nearest(lines, path), path, sentence)
    if (result.isChanged) substituted.push(path)
    return result.text
  }

  return { read, lines, substituted }
}

function lineOfNode(node: unknown, lineAt: LineAt): number | null {
  const range = (node as Node | null)?.range
  return range ? lineAt(range[0]) : null
}

function placeKey(path: FieldPath): string {
  return JSON.stringify(path)
}

function nearest(lines: ReadonlyMap<string, number>, path: FieldPath): number | null {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(placeKey(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return null
}
