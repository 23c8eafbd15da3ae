import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The program of that name on PATH, or in a folder that SLUICE_BENCH_PATH names; null when there is none. */
export function program(name: string): string | null {
  const { PATH = '', SLUICE_BENCH_PATH = '' } = process.env
  // Servers live in /usr/sbin, which is not on every user's PATH.
  const folders = [...SLUICE_BENCH_PATH.split(delimiter), ...PATH.split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return (
    folders
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find(isExecutable) ?? null
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // not there, or not ours to run: looked for elsewhere
  }
}

/** The first version number that the program prints. */
export function versionOf(command: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, [...args], { input: '', encoding: 'utf8', timeout: 10_000 })
  return /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown'
}

/** Servers with system accounts want to be started by root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}
