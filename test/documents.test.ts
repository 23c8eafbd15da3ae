import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { Client } from 'basic-ftp'
import { runCommandLine } from '../src/cli/program.ts'
import { startGateway } from '../src/compose.ts'
import { loadConfiguration } from '../src/config/load.ts'
import { formatProblem } from '../src/config/problem.ts'
import { isTree, type Tree } from '../src/config/written/tree.ts'
import { systemClock } from '../src/core/clock.ts'
import { selfSigned } from '../src/ftp/data/self-signed.ts'
import { drivers } from '../src/storage/drivers/index.ts'
import { password, passwordHash } from './helpers/gateway-configuration.ts'
import { anchors, codeBlocks, inlineCode, links, tableRows } from './helpers/markdown.ts'
import {
  doubleSecrets,
  objectStoreDouble,
  type ObjectStoreDouble,
} from './helpers/object-store-double/object-store-double.ts'
import { temporaryFolder } from './helpers/temporary-folder.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'packaging/**/*.md', 'bench/*.md']).toSorted()
const examples = globSync('examples/*.yaml').toSorted()
const decisions = globSync('docs/decisions/*.md').toSorted()
const read = (file: string) => readFileSync(file, 'utf8')
const manifest = JSON.parse(read('package.json')) as Readonly<
  Record<'scripts' | 'dependencies', Record<string, string>>
>

test('every link in the documents leads somewhere', () => {
  for (const page of pages) {
    for (const link of links(read(page)).filter((target) => !/^[a-z]+:/.test(target))) {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : normalize(join(dirname(page), path))
      assert.ok(existsSync(target), `${page}: ${link}`)
      if (anchor !== undefined) assert.ok(anchors(read(target)).includes(anchor), `${page}: ${link}`)
    }
  }
})

test('every configuration in the documents, and every example, is accepted', async () => {
  const found = pages.flatMap((page) =>
    codeBlocks(read(page))
      .filter(({ language }) => language === 'yaml')
      .map(({ text, line }) => ({ place: `${page}:${line}`, text })),
  )
  const all = [...found, ...examples.map((file) => ({ place: file, text: read(file) }))]
  assert.ok(all.length >= 6)
  for (const { place, text } of all) {
    const { problems } = await loadConfiguration({ ...world(text), text })
    assert.deepEqual(problems.map(formatProblem), [], place)
  }
})

for (const file of examples) {
  test(`${file} serves: a file goes up under each account that may write`, async (t) => {
    const folder = temporaryFolder(t)
    const text = read(file)
    const doubles = {
      s3: await objectStoreDouble(t, { kind: 's3' }),
      cos: await objectStoreDouble(t, { kind: 'cos', bucket: 'photos-1250000000' }),
    }
    const load = () => loadConfiguration({ ...world(text, folder), text, adjust: movedInto(folder, doubles) })
    const { configuration, problems } = await load()
    assert.ok(configuration, problems.map(formatProblem).join('\n'))
    const gateway = await startGateway({ configuration, logger: silent, reload: async () => configuration })
    t.after(() => gateway.drain())
    const [listener] = gateway.listeners
    const writers = configuration.accounts.filter(({ permissions }) => permissions.includes('write'))
    assert.ok(writers.length > 0)
    for (const { name, permissions } of writers) {
      const client = new Client(10_000)
      t.after(() => client.close())
      await client.access({
        ...{ host: '127.0.0.1', port: listener?.port ?? 0, user: name, password },
        secure: listener?.tls === 'implicit' ? 'implicit' : true,
        secureOptions: { rejectUnauthorized: false },
      })
      const { code } = await client.uploadFrom(Readable.from([Buffer.from('content')]), 'a file')
      assert.equal(code, 226, `${name}: ${permissions.join()}`)
    }
    for (const [driver, { requests }] of Object.entries(doubles))
      assert.equal(requests.length > 0, text.includes(`driver: ${driver}`), driver)
  })
}

test('every sluice command line in the documents uses what there is', async () => {
  const lines = pages.flatMap((page) => {
    const text = read(page)
    const blocks = codeBlocks(text).filter(({ language }) => language === 'sh' || language === 'text')
    const shown = [...blocks.flatMap((block) => block.text.split('\n')), ...inlineCode(text)]
    return shown.flatMap((line) => commandLines(line).map((words) => ({ page, words })))
  })
  assert.ok(lines.length > 20)
  for (const { page, words } of lines) {
    const place = `${page}: sluice ${words.join(' ')}`
    const verbs = words
      .slice(0, ['config', 'import'].includes(words[0] ?? '') ? 2 : 1)
      .filter((word) => !word.startsWith('-'))
    const { status, output } = await sluice([...verbs, '--help'])
    assert.equal(status, 0, place)
    assert.ok(output.startsWith(`Usage: ${['sluice', ...verbs].join(' ')}`), place)
    for (const flag of words.filter((word) => /^--?[a-z]/.test(word)))
      assert.match(output, new RegExp(`(^|[ ,])${flag}[ ,\n]`, 'm'), place)
  }
})

test('every npm script in the documents exists', () => {
  for (const page of pages)
    for (const [, name = ''] of read(page).matchAll(/\bnpm run ([\w:-]+)/g))
      assert.ok(name in manifest.scripts, `${page}: npm run ${name}`)
})

test('generated pages are what the program would write now', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.ts', '--check'], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
})

test('each runtime dependency has a decision record that names it', () => {
  const texts = decisions.map(read)
  for (const name of Object.keys(manifest.dependencies))
    assert.ok(
      texts.some((text) => text.includes(`\`${name}\``)),
      name,
    )
})

test('decisions are numbered, each number once, and say context, decision and consequences', () => {
  const numbers = decisions.map((file) => Number(/(\d{4})-[a-z0-9-]+\.md$/.exec(file)?.[1]))
  assert.deepEqual(numbers, [...new Set(numbers)])
  for (const [index, file] of decisions.entries()) {
    assert.ok(read(file).startsWith(`# ${numbers[index]}. `), file)
    assert.deepEqual(
      anchors(read(file)).filter((name) => ['context', 'decision', 'consequences'].includes(name)),
      ['context', 'decision', 'consequences'],
      file,
    )
  }
})

test('the map is at most 200 lines, and its table of arrows is the one that is tested', () => {
  const map = read('ARCHITECTURE.md')
  assert.ok(map.split('\n').length - 1 <= 200)
  const tested = [...read('test/architecture.test.ts').matchAll(/^ {2}'?([a-z/]+)'?: \[([^\]]*)\],$/gm)].map(
    ([, folder = '', targets = '']) =>
      [folder, [...targets.matchAll(/'([^']+)'/g)].map(([, target = '']) => target)] as const,
  )
  const shown = tableRows(map, 3).map(([folder = '', , targets = '']) => [folder.replaceAll('`', ''), targets] as const)
  const below = tested.map(([folder]) => folder).filter((folder) => folder.startsWith('ftp/'))
  const expand = (target: string) =>
    target === 'all of ftp/' ? below : target === '–' ? [] : [target.replace(/^`options`.*/, 'options')]
  const wanted = new Map(tested.map(([folder, targets]) => [folder, targets.toSorted()]))
  const found = new Map(shown.map(([folder, text]) => [folder, text.split(', ').flatMap(expand).toSorted()]))
  assert.ok(wanted.size > 15)
  for (const [folder, targets] of wanted) assert.deepEqual(found.get(folder), targets, folder)
})

const silent = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }

/** What a configuration is read with: a value for each variable that it names. */
function world(text: string, folder = '.') {
  const { cert, key } = selfSigned({ names: ['localhost'], now: new Date() })
  const file = (name: string, content: string) => {
    if (folder !== '.') writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const valueOf = (name: string) => {
    if (name.endsWith('HASH')) return passwordHash
    if (/^(S3_ACCESS_KEY|COS_SECRET_ID)$/.test(name)) return doubleSecrets.accessKey
    if (/^(S3|COS)_SECRET_KEY$/.test(name)) return doubleSecrets.secretKey
    if (name === 'S3_ENDPOINT') return 'https://s3.example.org'
    if (name === 'S3_BUCKET') return 'files'
    if (name.endsWith('CERT')) return file('cert.pem', cert)
    if (name.endsWith('KEY')) return file('key.pem', key)
    if (name.endsWith('DATABASE')) return 'postgresql://sluice@localhost/sluice'
    return password
  }
  const names = [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => name)
  const environment = Object.fromEntries(names.map((name) => [name, valueOf(name)]))
  return { environment, drivers, readFile: async (path: string) => read(path) }
}

/** The same configuration on free ports of loopback, with its folders in another one and doubles for its object stores. */
function movedInto(folder: string, doubles: Readonly<Record<'s3' | 'cos', ObjectStoreDouble>>) {
  return (tree: Tree) => {
    const inside = (path: unknown) => join(folder, String(path))
    for (const listener of listOf(tree['listeners'])) Object.assign(listener, { address: '127.0.0.1', port: 0 })
    for (const storage of Object.values(tree['storages'] ?? {}).filter(isTree))
      Object.assign(storage, movedStorage(storage, inside, doubles))
    const log = isTree(tree['log']) ? tree['log'] : {}
    for (const name of ['file', 'transferLog'].filter((name) => name in log)) log[name] = inside(log[name])
    mkdirSync(join(folder, 'state'), { recursive: true })
    Object.assign(tree, { state: { directory: join(folder, 'state') }, workers: 1 })
    return []
  }
}

function movedStorage(
  { driver, directory }: Tree,
  inside: (path: unknown) => string,
  { s3, cos }: Readonly<Record<'s3' | 'cos', ObjectStoreDouble>>,
): Tree {
  if (driver === 's3') return { endpoint: s3.endpoint, bucket: s3.bucketName }
  // The bucket stands in front of the host name.
  if (driver === 'cos') return { endpoint: `http://localhost:${cos.port}`, bucket: cos.bucketName }
  return { directory: inside(directory) }
}

function listOf(value: unknown): readonly Tree[] {
  return Array.isArray(value) ? value.filter(isTree) : []
}

/** The arguments of each call of sluice in a line: by its name, by its file, or by npm start. */
function commandLines(line: string): readonly (readonly string[])[] {
  const calls = line
    .replace(/\s#.*$/, '')
    .replaceAll('npm start --', 'sluice serve')
    .replaceAll('node bin/sluice.cjs', 'sluice')
    .matchAll(/(?:^|[\s(])sluice ((?:--version|serve|check|hash-password|config|import)\b[^)"`<;|&]*)/g)
  return [...calls].map(([, args = '']) => args.trim().split(/\s+/))
}

/** Runs the command line here. Only for what prints help. */
async function sluice(args: readonly string[]): Promise<{ readonly status: number; readonly output: string }> {
  let output = ''
  const text = { write: (part: string) => (output += part) }
  const refuse = async (): Promise<never> => assert.fail('Help needs none of this.')
  const status = await runCommandLine(args, {
    ...{ environment: {}, stdin: Readable.from([]), stdout: text, stderr: text, clock: systemClock },
    ...{ readFile: refuse, isPublicFile: refuse, loadDrivers: refuse, loadStartGateway: refuse },
    ...{ hasTerminal: () => false, on: () => {}, onUnexpectedError: () => {}, exitAtOnce: () => {} },
  })
  return { status, output }
}
