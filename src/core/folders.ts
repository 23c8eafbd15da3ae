import path from 'node:path'

/** The calls of a file system that folders are made with. `node:fs` has them. */
export interface FolderSystem {
  mkdirSync(path: string, options: Mode): unknown
  statSync(path: string, options: { readonly throwIfNoEntry: false }): { isDirectory(): boolean } | undefined
}

interface Mode {
  readonly mode?: number
}

/**
 * Makes a folder and those missing above it, one by one: the recursive mkdir of Node turns in circles where a folder is
 * there and takes no other, as in procfs. `mode` is for each that is made. @throws the system's error.
 */
export function makeFolders(system: FolderSystem, folder: string, options: Mode = {}): void {
  const refusal = tryToMake(system, folder, options)
  if (refusal === null) return
  const parent = path.dirname(folder)
  if (!isMissing(refusal) || parent === folder || isFolder(system, parent)) throw refusal
  makeFolders(system, parent, options)
  const last = tryToMake(system, folder, options)
  if (last !== null) throw last
}

/** Null when it is there now, whoever has made it. */
function tryToMake(system: FolderSystem, folder: string, options: Mode): Error | null {
  try {
    system.mkdirSync(folder, options)
    return null
  } catch (error) {
    return isFolder(system, folder) ? null : (error as Error)
  }
}

function isFolder(system: FolderSystem, folder: string): boolean {
  return system.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
}

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT'
}
