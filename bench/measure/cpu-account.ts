import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from './process-tree.ts'

/** Counts the CPU time of a server and of every process it starts. */
export interface CpuAccount {
  seconds(): number
  /** After its processes were killed. */
  close(): Promise<void>
}

/** A control group: its version tells by which file its time is read, and how. */
interface Hierarchy {
  readonly folder: string
  readonly read: (group: string) => number
}

const hierarchies: readonly Hierarchy[] = [
  {
    folder: '/sys/fs/cgroup/cpuacct',
    read: (group) => Number(readFileSync(join(group, 'cpuacct.usage'), 'utf8')) / 1e9,
  },
  {
    folder: '/sys/fs/cgroup',
    read: (group) => Number(/usage_usec (\d+)/.exec(readFileSync(join(group, 'cpu.stat'), 'utf8'))?.[1]) / 1e6,
  },
]

/**
 * A control group of its own for the process, where the system lets us make one; it counts to the microsecond, and also
 * processes that nobody waits for: vsftpd's sessions leave their time to no parent. Elsewhere /proc is asked.
 */
export function cpuAccount(pid: number): CpuAccount {
  const found = hierarchies.find(({ folder }) => existsSync(join(folder, 'cgroup.procs')))
  const group = join(found?.folder ?? '', `sluice-bench-${pid}`)
  if (found === undefined || !isMade(group, pid)) return { seconds: () => cpuSeconds(pid), close: async () => {} }
  return { seconds: () => found.read(group), close: () => removed(group) }
}

/** Thousands of processes take their time to end. What cannot be removed after ten seconds is an empty folder too many. */
async function removed(group: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return rmdirSync(group)
    } catch {
      await sleep(100) // some of them are still ending
    }
  }
}

function isMade(group: string, pid: number): boolean {
  try {
    mkdirSync(group)
    writeFileSync(join(group, 'cgroup.procs'), String(pid))
    return true
  } catch {
    return false // not ours to make, or read-only as in most containers
  }
}
