// npm run docs: writes the pages that are made from the program itself.
//   npm run docs -- --check    only compares, and fails when one is out of date
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configurationShape } from '../src/config/json-schema.ts'
import { configurationReference } from '../src/config/reference.ts'
import { commands } from '../src/ftp/commands/index.ts'
import { drivers } from '../src/storage/drivers/index.ts'
import { commandsPage, coveragePage } from './command-pages.ts'

interface Page {
  readonly file: string
  readonly render: () => string
}

const shape = configurationShape(drivers)

const pages: readonly Page[] = [
  { file: 'docs/configuration.md', render: () => configurationReference(shape) },
  { file: 'docs/commands.md', render: () => commandsPage(commands) },
  { file: 'docs/rfc-coverage.md', render: () => coveragePage(commands) },
  { file: 'docs/sluice.schema.json', render: () => `${JSON.stringify(shape, null, 2)}\n` },
]

const root = join(import.meta.dirname, '..')
const isCheck = process.argv.includes('--check')
const stale = pages.filter(({ file, render }) => present(file) !== render())
for (const { file, render } of isCheck ? [] : stale) {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), render())
  console.log(`Wrote ${file}.`)
}
if (isCheck && stale.length > 0) {
  console.error(`Out of date: ${stale.map(({ file }) => file).join(', ')}. Run npm run docs.`)
  process.exitCode = 1
}

function present(file: string): string | null {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch {
    // Not written yet.
    return null
  }
}
