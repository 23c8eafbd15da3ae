// npm run check: all that CI runs. Nothing is changed but with --fix, which formats and mends what can be mended.
//   npm run check -- --without-tests   where the tests have just been run
import { runSteps, script, tool } from './run-steps.ts'

const isFixing = process.argv.includes('--fix')
const tests = { name: 'tests, with the arrows among them', command: script('scripts/test.ts', '--coverage') }

runSteps([
  { name: 'format', command: tool('oxfmt', ...(isFixing ? [] : ['--check']), 'src', 'test', 'bench', 'scripts') },
  { name: 'lint', command: tool('oxlint', '--type-aware', '--deny-warnings', ...(isFixing ? ['--fix'] : [])) },
  { name: 'types', command: tool('tsc', '-p', 'tsconfig.json') },
  { name: 'unused files, exports and dependencies', command: tool('knip', '--no-progress') },
  { name: 'generated documents', command: script('scripts/docs.ts', ...(isFixing ? [] : ['--check'])) },
  ...(process.argv.includes('--without-tests') ? [] : [tests]),
])
