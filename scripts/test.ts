// npm test: every test file under test/, or those whose path holds one of the words given.
//   npm test -- wire paths      only files with "wire" or "paths" in their path
//   npm test -- --coverage      with line coverage, and its floor
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const files = globSync('test/**/*.test.ts')
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .toSorted()
const coverage = process.argv.includes('--coverage')
  ? ['--experimental-test-coverage', '--test-coverage-include=src/**', '--test-coverage-lines=90']
  : []
const run = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=120000', ...coverage, ...files],
  { stdio: 'inherit' },
)
process.exit(run.status ?? 1)
