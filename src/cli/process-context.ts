import { closeSync, openSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { systemClock } from '../core/clock.ts'
import type { CliContext } from './context.ts'

/** This process as the world of the command line. */
export function processContext(loaders: Pick<CliContext, 'loadDrivers' | 'loadStartGateway'>): CliContext {
  return {
    ...loaders,
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    readFile: (path) => readFile(path, 'utf8'),
    isPublicFile,
    hasTerminal: () => process.stdout.isTTY && isOpen('/dev/tty'),
    on: (event, listener) => void process.on(event, listener),
    onUnexpectedError: (listener) => {
      process.on('uncaughtException', listener)
      process.on('unhandledRejection', listener)
    },
    exitAtOnce: (status) => process.exit(status),
  }
}

/** A process whose terminal has gone can open it no more. */
function isOpen(terminal: string): boolean {
  try {
    closeSync(openSync(terminal, 'r'))
    return true
  } catch {
    // That is the answer.
    return false
  }
}

async function isPublicFile(path: string): Promise<boolean> {
  try {
    return process.platform !== 'win32' && ((await stat(path)).mode & 0o004) !== 0
  } catch {
    // Reading it will say why.
    return false
  }
}
