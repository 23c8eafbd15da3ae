import fs from 'node:fs'

const tmpfsType = 0x01021994

/** Forces what was written onto the disk; does nothing where that is turned off, or where there is no disk behind. */
export interface Durability {
  /** After a failure the descriptor is worth nothing: the system may forget what it could not write. */
  file(descriptor: number): Promise<void>
  /** The names in a directory. `path` is used at once, before this returns its promise. */
  directory(path: string): Promise<void>
}

export function durability(root: string, sync: boolean): Durability {
  if (!sync || fs.statfsSync(root).type === tmpfsType) return { file: async () => {}, directory: async () => {} }
  return { file: (descriptor) => fsync(descriptor), directory: syncDirectory }
}

/** Windows can open no directory, and needs no fsync of one. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  try {
    await fsync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

function fsync(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => (error === null ? resolve() : reject(error)))
  })
}
