import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `$0` is the folder, `$1` the size, and what follows is run there. */
const script = 'mount -t tmpfs -o "size=$1" none "$0" && shift && exec "$@"'

/** Root makes a mount namespace at once; others need a user namespace around it, which not every machine grants. */
const ways = [
  ['unshare', '--mount'],
  ['unshare', '--map-root-user', '--mount'],
] as const

function tryWay([program, ...options]: (typeof ways)[number]): string | null {
  const result = spawnSync(program, [...options, 'sh', '-c', script, tmpdir(), '1m', 'true'], { encoding: 'utf8' })
  if (result.status === 0) return null
  return (result.error?.message ?? result.stderr.trim().split('\n')[0]) || `${program} failed`
}

const refusals = ways.map(tryWay)
const way = ways[refusals.indexOf(null)]

/** Why no small disk can be mounted here; null where it can. */
export const noSmallDisk: string | null = way === undefined ? refusals.join('; ') : null

/** Runs a program with a disk of its own, of so many bytes, over the folder; it goes with the program. Only where `noSmallDisk` is null. */
export function onSmallDisk(folder: string, bytes: number): readonly string[] {
  return [...(way ?? []), 'sh', '-c', script, folder, String(bytes)]
}

/** The folder as the process sees it. */
export function seenBy(pid: number, folder: string): string {
  return `/proc/${pid}/root${folder}`
}

/** All files below a folder, hidden ones too, by their paths. */
export function filesBelow(folder: string): ReadonlyMap<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [path.slice(folder.length + 1), readFileSync(path)]
    }),
  )
}

/** Writes a file until not a byte more fits. Returns its length. */
export function fillUp(folder: string, name: string): number {
  const path = join(folder, name)
  const descriptor = openSync(path, 'w')
  for (let bytes = 65_536; bytes >= 1;) {
    try {
      writeSync(descriptor, Buffer.alloc(bytes))
    } catch {
      bytes /= 2
    }
  }
  closeSync(descriptor)
  return statSync(path).size
}
