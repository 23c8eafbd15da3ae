// npm run format: writes the sources as the house writes them.
import { runSteps, tool } from './run-steps.ts'

runSteps([{ name: 'format', command: tool('oxfmt', 'src', 'test', 'bench', 'scripts') }])
