import fs, { type Stats } from 'node:fs'

/** What the system tells of a file or folder. */
export type FileStats = Omit<Stats, 'ino'> & { readonly ino: number | bigint }

/** Of a name, links not followed; null when nothing is there. @throws system errors. */
export function lstat(path: string): FileStats | null {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined || isExact(stats)) return stats ?? null
  return withInode(stats, fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }))
}

/** @throws system errors. */
export function fstat(descriptor: number): FileStats {
  const stats = fs.fstatSync(descriptor)
  return isExact(stats) ? stats : withInode(stats, fs.fstatSync(descriptor, { bigint: true }))
}

/** Numbers cost half of big integers. Few file systems count inodes beyond what they hold: overlays, large ones. */
function isExact({ ino }: Stats): boolean {
  return ino <= Number.MAX_SAFE_INTEGER
}

function withInode(stats: Stats, exact: { readonly ino: bigint } | undefined): FileStats {
  return Object.assign(stats, { ino: exact?.ino ?? BigInt(stats.ino) }) as FileStats
}
