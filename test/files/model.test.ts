import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { ErrorCode } from '../../src/core/errors.ts'
import { isGatewayError } from '../../src/core/errors.ts'
import { compareKeys } from '../../src/core/key-order.ts'
import { baseName, isWithin, parentPath } from '../../src/core/paths.ts'
import type { FileTree } from '../../src/files/file-tree.ts'
import { memoryStorage } from '../../src/storage/drivers/memory/index.ts'
import { at, clock, leftStaged, mount, namesIn, readText, scene, upload } from './fixture.ts'

/** Everything there is: path to content, or null for a folder. Two mounts: the root, and /m. */
class Model extends Map<string, string | null> {
  /** Of a file as it is: the names under which an upload that was to replace it broke off. A new content has none. */
  readonly #broken = new Map<string, Set<string>>()

  override set(path: string, content: string | null): this {
    this.#broken.delete(path)
    return super.set(path, content)
  }

  override delete(path: string): boolean {
    this.#broken.delete(path)
    return super.delete(path)
  }

  /** The same file, by another name. */
  move(from: string, to: string): void {
    const broken = this.#broken.get(from)
    this.set(to, this.get(from) ?? null)
    this.delete(from)
    if (broken !== undefined && mountOf(from) === mountOf(to)) this.#broken.set(to, broken)
  }

  breakOff(path: string): void {
    if (typeof this.get(path) === 'string') this.#broken.set(path, (this.#broken.get(path) ?? new Set()).add(path))
  }

  /** Decision 20: nothing goes on from a file that was not replaced. */
  requireUnbroken(path: string): void {
    if (this.#broken.get(path)?.has(path) === true) throw new Refusal('invalid-restart')
  }
}

const fixed = ['/', '/m']
const newModel = (): Model => {
  const model = new Model()
  for (const path of fixed) model.set(path, null)
  return model
}
const mountOf = (path: string) => (isWithin(at('/m'), at(path)) ? '/m' : '/')
const below = (model: Model, path: string) =>
  [...model.keys()].filter((each) => each !== path && isWithin(at(path), at(each)))

class Refusal extends Error {
  readonly codes: readonly ErrorCode[]
  constructor(...codes: readonly ErrorCode[]) {
    super(codes.join())
    this.codes = codes
  }
}

/** Null, or what is wrong with the folder that would hold the path. */
function parentProblem(model: Model, path: string): ErrorCode | null {
  for (let folder = at(path); folder !== '/';) {
    folder = parentPath(folder)
    const found = model.get(folder)
    if (found === null) return folder === parentPath(at(path)) ? null : 'not-found'
    if (found !== undefined) return 'not-directory'
  }
  return 'not-found'
}

function requireParent(model: Model, path: string): void {
  const problem = parentProblem(model, path)
  if (problem !== null) throw new Refusal(problem)
}

function requireFile(model: Model, path: string): string {
  const found = model.get(path)
  if (found === undefined) throw new Refusal('not-found', 'not-directory')
  if (found === null) throw new Refusal('is-directory')
  return found
}

function requireFree(path: string): void {
  if (fixed.includes(path)) throw new Refusal('permission-denied')
}

interface Operation {
  /** What it does to the model, and what a client would be given. */
  readonly expect: (model: Model) => unknown
  readonly run: (tree: FileTree) => Promise<unknown>
  readonly text: string
}

const store = (path: string, text: string, start: number): Operation => ({
  text: `store ${path} ${text} at ${start}`,
  expect(model) {
    const old = model.get(path)
    if (old === null) throw new Refusal('is-directory')
    if (start > (old ?? '').length) throw new Refusal('invalid-restart')
    requireParent(model, path)
    if (start > 0) model.requireUnbroken(path)
    model.set(path, (old ?? '').slice(0, start) + text)
    return undefined
  },
  run: async (tree) => void (await upload(tree, path, { text, start })),
})

const append = (path: string, text: string): Operation => ({
  text: `append ${path} ${text}`,
  expect(model) {
    const old = model.get(path)
    if (old === null) throw new Refusal('is-directory')
    requireParent(model, path)
    model.requireUnbroken(path)
    model.set(path, (old ?? '') + text)
    return undefined
  },
  run: async (tree) => void (await upload(tree, path, { text, mode: 'append' })),
})

const cut = (path: string, text: string): Operation => ({
  text: `cut ${path}`,
  expect(model) {
    if (model.get(path) === null) throw new Refusal('is-directory')
    requireParent(model, path)
    model.breakOff(path)
    return undefined
  },
  run: async (tree) => void (await upload(tree, path, { text, verdict: 'cut' })),
})

const read = (path: string, start: number): Operation => ({
  text: `read ${path} from ${start}`,
  expect(model) {
    const content = requireFile(model, path)
    if (start > content.length) throw new Refusal('invalid-restart')
    return content.slice(start)
  },
  run: (tree) => readText(tree, path, { start }),
})

const list = (path: string): Operation => ({
  text: `list ${path}`,
  expect(model) {
    if (!model.has(path)) throw new Refusal('not-found', 'not-directory')
    if (model.get(path) !== null) throw new Refusal('not-directory')
    return below(model, path)
      .filter((each) => parentPath(at(each)) === path)
      .map((each) => baseName(at(each)) + (model.get(each) === null ? '/' : ''))
      .toSorted(compareKeys)
  },
  run: (tree) => namesIn(tree, path),
})

const remove = (path: string): Operation => ({
  text: `remove ${path}`,
  expect(model) {
    requireFile(model, path)
    model.delete(path)
    return undefined
  },
  run: (tree) => tree.remove(at(path)),
})

const makeDirectory = (path: string): Operation => ({
  text: `makeDirectory ${path}`,
  expect(model) {
    if (model.has(path)) throw new Refusal('already-exists')
    requireParent(model, path)
    model.set(path, null)
    return undefined
  },
  run: (tree) => tree.makeDirectory(at(path)),
})

const removeDirectory = (path: string, isTree: boolean): Operation => ({
  text: `${isTree ? 'removeTree' : 'removeDirectory'} ${path}`,
  expect(model) {
    requireFree(path)
    if (!model.has(path)) throw new Refusal('not-found', 'not-directory')
    if (model.get(path) !== null) throw new Refusal('not-directory')
    const content = below(model, path)
    if (content.length > 0 && !isTree) throw new Refusal('directory-not-empty')
    for (const each of [path, ...content]) model.delete(each)
    return undefined
  },
  run: (tree) => (isTree ? tree.removeTree(at(path)) : tree.removeDirectory(at(path))),
})

const rename = (from: string, to: string): Operation => ({
  text: `rename ${from} ${to}`,
  expect(model) {
    requireFree(from)
    const content = model.get(from)
    if (content === undefined) throw new Refusal('not-found', 'not-directory')
    if (from === to) return undefined
    requireFree(to)
    if (content === null) return renameFolder(model, from, to)
    requireParent(model, to)
    if (model.get(to) === null) throw new Refusal('is-directory')
    model.move(from, to)
    return undefined
  },
  run: (tree) => tree.rename(at(from), at(to)),
})

function renameFolder(model: Model, from: string, to: string): undefined {
  if (isWithin(at(from), at(to))) throw new Refusal('is-directory')
  if (mountOf(from) !== mountOf(to)) throw new Refusal('unsupported')
  if (model.has(to)) throw new Refusal('already-exists')
  requireParent(model, to)
  for (const each of [from, ...below(model, from)]) {
    model.move(each, to + each.slice(from.length))
  }
  return undefined
}

const copy = (from: string, to: string): Operation => ({
  text: `copy ${from} ${to}`,
  expect(model) {
    requireFree(to)
    const content = requireFile(model, from)
    if (from === to) return undefined
    if (model.get(to) === null) throw new Refusal('is-directory')
    requireParent(model, to)
    model.set(to, content)
    return undefined
  },
  run: (tree) => tree.copy(at(from), at(to)),
})

const path = fc.constantFrom('/', '/a', '/b', '/a/b', '/a/b/c', '/m', '/m/a', '/m/a/b', '/b/a', '/l')
const text = fc.stringMatching(/^[a-z]{0,4}$/)
const offset = fc.nat(5)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.tuple(path, text, fc.oneof(fc.constant(0), offset)).map((args) => store(...args)),
  fc.tuple(path, text).map((args) => append(...args)),
  fc.tuple(path, text).map((args) => cut(...args)),
  fc.tuple(path, offset).map((args) => read(...args)),
  path.map(list),
  path.map(remove),
  { arbitrary: path.map(makeDirectory), weight: 3 },
  fc.tuple(path, fc.boolean()).map((args) => removeDirectory(...args)),
  { arbitrary: fc.tuple(path, path).map((args) => rename(...args)), weight: 2 },
  fc.tuple(path, path).map((args) => copy(...args)),
)

test('any sequence of operations on two mounts does what it does to a map of paths', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
      const storages = {
        main: memoryStorage(clock, { pageEntries: 2 }),
        other: memoryStorage(clock, { pageEntries: 1 }),
      }
      const { tree, staged } = scene({ account: { mounts: [mount('/', 'main'), mount('/m', 'other')] }, storages })
      const model = newModel()
      for (const { expect, run, text: name } of operations)
        await compare(
          name,
          () => expect(model),
          () => run(tree),
        )
      for (const [each, content] of model) {
        if (content === null)
          await compare(
            `list ${each}`,
            () => list(each).expect(model),
            () => namesIn(tree, each),
          )
        else assert.equal(await readText(tree, each), content)
      }
      for (const storage of Object.values(storages)) assert.equal(await leftStaged(storage, staged), 0)
    }),
    { numRuns: 400 },
  )
})

async function compare(name: string, expect: () => unknown, run: () => Promise<unknown>): Promise<void> {
  let expected: unknown
  try {
    expected = expect()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await assert.rejects(run, (actual) => {
      assert.ok(isGatewayError(actual, ...error.codes), `${name}: ${String(actual)}, not ${error.message}`)
      return true
    })
    return
  }
  assert.deepEqual(await run(), expected, name)
}
