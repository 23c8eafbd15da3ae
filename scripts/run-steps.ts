import { spawnSync } from 'node:child_process'

/** A command of the checks, and what it is for. */
export interface Step {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

/** A tool from node_modules, run on this very Node. */
export function tool(name: string, ...args: readonly string[]): [string, ...string[]] {
  return [process.execPath, `node_modules/.bin/${name}`, ...args]
}

/** A script of ours, run on this very Node. */
export function script(file: string, ...args: readonly string[]): [string, ...string[]] {
  return [process.execPath, file, ...args]
}

/** Runs the steps one after another; all of them, so that every complaint is seen at once. Ends the process with 1 if any fails. */
export function runSteps(steps: readonly Step[]): void {
  const failed: string[] = []
  for (const { name, command } of steps) {
    console.log(`\n── ${name}`)
    const [program, ...args] = command
    if (spawnSync(program, args, { stdio: 'inherit' }).status !== 0) failed.push(name)
  }
  if (failed.length === 0) return
  console.error(`\nFailed: ${failed.join(', ')}`)
  process.exit(1)
}
