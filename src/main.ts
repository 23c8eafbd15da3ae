import { processContext } from './cli/process-context.ts'
import { runCommandLine } from './cli/program.ts'

const context = processContext({
  loadDrivers: async () => (await import('./storage/drivers/index.ts')).drivers,
  loadStartGateway: async () => (await import('./compose.ts')).startGateway,
})

/** When bin/sluice.cjs runs this on a borrowed Node and is killed, nobody is left to pass signals on. */
function endWithLauncher(): void {
  if (process.channel === undefined) return
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel?.unref()
}

endWithLauncher()
process.exitCode = await runCommandLine(process.argv.slice(2), context)
// Output on its way is let out; what else may still hold the process does not.
setTimeout(() => process.exit(), 500).unref()
