import { readFile, stat } from 'node:fs/promises'
import type { CliContext } from './cli/context.ts'
import { runCommandLine } from './cli/program.ts'
import { systemClock } from './core/clock.ts'

const context: CliContext = {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  clock: systemClock,
  readFile: (path) => readFile(path, 'utf8'),
  isPublicFile,
  on: (event, listener) => void process.on(event, listener),
  onUnexpectedError: (listener) => {
    process.on('uncaughtException', listener)
    process.on('unhandledRejection', listener)
  },
  exitAtOnce: (status) => process.exit(status),
  loadDrivers: async () => (await import('./storage/drivers/index.ts')).drivers,
  loadStartGateway: async () => (await import('./compose.ts')).startGateway,
}

async function isPublicFile(path: string): Promise<boolean> {
  try {
    return process.platform !== 'win32' && ((await stat(path)).mode & 0o004) !== 0
  } catch {
    // Reading it will say why.
    return false
  }
}

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
