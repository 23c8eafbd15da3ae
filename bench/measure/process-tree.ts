import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks per second in /proc/PID/stat: 100 on every Linux that Node runs on (sysconf _SC_CLK_TCK). */
const ticksPerSecond = 100

interface Process {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
}

/** Seconds of CPU that a process and all below it have used, those that have ended and were waited for included. */
export function cpuSeconds(root: number): number {
  return tree(root).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond
}

/** Memory of a process and all below it: shared pages count once, divided among those that share them (PSS). */
export function memoryBytes(root: number): number {
  return tree(root).reduce((sum, { pid }) => sum + proportionalBytes(pid), 0)
}

/** The ids of a process and all below it. */
export function processIds(root: number): readonly number[] {
  return tree(root).map(({ pid }) => pid)
}

function tree(root: number): readonly Process[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .map(look)
  const below = Map.groupBy(
    all.filter((one) => one !== null),
    ({ parent }) => parent,
  )
  const found = [look(root)].filter((one) => one !== null)
  for (const one of found) found.push(...(below.get(one.pid) ?? []))
  return found
}

function look(pid: number): Process | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (text === null) return null
  // The name, in parentheses, may hold anything. After it: state, parent, … utime is the 12th, then stime, cutime, cstime.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { pid, parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) }
}

function proportionalBytes(pid: number): number {
  const kibibytes = /^Pss:\s+(\d+) kB/m.exec(readOrNull(`/proc/${pid}/smaps_rollup`) ?? '')?.[1]
  return Number(kibibytes ?? 0) * 1024
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // it has ended meanwhile
  }
}
