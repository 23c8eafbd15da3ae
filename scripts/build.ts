// npm run build: what is published. Node runs TypeScript everywhere but below node_modules.
import { rmSync } from 'node:fs'
import { runSteps, tool } from './run-steps.ts'

rmSync('dist', { recursive: true, force: true })
runSteps([{ name: 'compile', command: tool('tsc', '-p', 'tsconfig.build.json') }])
