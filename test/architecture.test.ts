import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

/** Which folder may import which: the arrows of ARCHITECTURE.md. A folder may always import itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  storage: ['core'],
  'storage/drivers': ['core', 'storage'],
  state: ['core'],
  accounts: ['core', 'state'],
  files: ['core', 'storage', 'accounts', 'state'],
  'ftp/wire': ['core'],
  'ftp/data': ['core', 'ftp/wire'],
  'ftp/transfer': ['core', 'ftp/data'],
  'ftp/session': ['core', 'accounts', 'files', 'ftp', 'ftp/wire', 'ftp/data', 'ftp/transfer'],
  'ftp/commands': ['core', 'accounts', 'files', 'ftp/wire', 'ftp/data', 'ftp/session'],
  'ftp/control': ['core', 'accounts', 'ftp', 'ftp/wire', 'ftp/data', 'ftp/session', 'ftp/commands'],
  ftp: [
    'core',
    'accounts',
    'files',
    'ftp/wire',
    'ftp/data',
    'ftp/transfer',
    'ftp/session',
    'ftp/commands',
    'ftp/control',
  ],
  events: ['core', 'state'],
  log: ['core'],
  config: ['core', 'options'],
  cli: ['core', 'config', 'log', 'accounts', 'storage', 'state', 'ftp', 'compose'],
  workers: ['core', 'accounts', 'ftp', 'compose'],
}

/** Option schemas sit with their modules, which need not be open to those who read configurations. */
const isOptions = (file: string) => /(^|\/)([a-z-]+-)?options\.ts$/.test(file)
/** Only types of these, so that the table stays one of layers: a listener's options are facts for whoever serves it. */
const ftpOptions = /^src\/ftp\/(listener|limits|passive|tls)-options\.ts$/

const sources = globSync('src/**/*.ts').toSorted()
const imports = new Map(sources.map((file) => [file, importsOf(file)]))

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8')
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    join(dirname(file), match[1] ?? ''),
  )
  return [...new Set(found)]
}

function layerOf(file: string): string {
  const folder = dirname(file).replace(/^src\/?/, '')
  if (folder === '') return 'compose'
  const layers = Object.keys(arrows).filter((layer) => folder === layer || folder.startsWith(`${layer}/`))
  return layers.toSorted((a, b) => b.length - a.length)[0] ?? assert.fail(`${file} is in no layer`)
}

test('every import follows an arrow', () => {
  const wrong: string[] = []
  for (const [file, targets] of imports) {
    const layer = layerOf(file)
    if (layer === 'compose') continue
    for (const target of targets) {
      const other = layerOf(target)
      const isAllowed =
        other === layer ||
        arrows[layer]?.includes(other) === true ||
        (arrows[layer]?.includes('options') === true && isOptions(target)) ||
        (layer.startsWith('ftp/') && ftpOptions.test(target))
      if (!isAllowed) wrong.push(`${file} → ${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('no driver imports a sibling', () => {
  const driverOf = (file: string) => /^src\/storage\/drivers\/([^/]+)\//.exec(file)?.[1] ?? null
  for (const [file, targets] of imports)
    for (const target of targets) {
      const [from, to] = [driverOf(file), driverOf(target)]
      assert.ok(from === null || to === null || from === to, `${file} → ${target}`)
    }
})

test('imports never go in a circle', () => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    assert.ok(!path.includes(file), [...path, file].join(' → '))
    if (done.has(file)) return
    for (const target of imports.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of sources) visit(file, [])
})

test('the sources were found, and every import leads to one of them', () => {
  assert.ok(sources.length > 100)
  for (const [file, targets] of imports)
    for (const target of targets) assert.ok(imports.has(target), `${file} → ${target}`)
})

test('no file is longer than 400 lines, and the median at most 70', () => {
  const lengths = sources.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)
  for (const [index, length] of lengths.entries()) assert.ok(length <= 400, `${sources[index]}: ${length} lines`)
  const median = lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0
  assert.ok(median <= 70, `median ${median}`)
})

test('source paths are named for what is inside', () => {
  for (const file of sources) {
    assert.doesNotMatch(file, /utils|helpers|common|misc|manager/)
    assert.match(file, /^src(\/[a-z0-9-]+)+\.ts$/)
  }
})

test('FTP reply codes stay below src/ftp', () => {
  for (const file of sources.filter((file) => !file.startsWith('src/ftp/')))
    assert.doesNotMatch(readFileSync(file, 'utf8'), /\breply\(\d{3}/, file)
})

test('nothing outside cli, config and compose knows the configuration file', () => {
  for (const [file, targets] of imports)
    for (const target of targets)
      if (target.startsWith('src/config/')) assert.match(layerOf(file), /^(cli|config|compose)$/, `${file} → ${target}`)
})

test('no object literal has accessors: each such object would have a shape of its own (decision 21)', () => {
  // Those of classes say what they return.
  const accessor = /^ +(?:get \w+\(\)|set \w+\(\w+\)) \{/m
  assert.deepEqual(
    sources.filter((file) => accessor.test(readFileSync(file, 'utf8'))),
    [],
  )
})
