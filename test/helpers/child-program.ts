import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { uncovered } from './uncovered.ts'

export interface ChildProgram {
  /** The lines of its standard output, as they come. */
  readonly lines: AsyncIterableIterator<string>
  /** Ends it at once, as a crash would, and waits until it is gone. */
  kill(): Promise<void>
}

/** Runs a TypeScript file as a process of its own, which does not outlive the test. */
export function childProgram(t: TestContext, file: URL, args: readonly string[]): ChildProgram {
  const child: ChildProcess = spawn(process.execPath, [file.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: uncovered(),
  })
  const ended = once(child, 'exit')
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
  }
  t.after(kill)
  if (child.stdout === null) throw new TypeError('A child without output.')
  return { lines: createInterface(child.stdout)[Symbol.asyncIterator](), kill }
}
