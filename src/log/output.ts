import fs, { close, fstatSync, open, openSync, write } from 'node:fs'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { makeFolders } from '../core/folders.ts'

const openFile = promisify(open)
const closeFile = promisify(close)
const writeBytes = promisify(write)

/** Where bytes are put, one write after the other. */
export interface Output {
  /** Resolves to how many were taken. @throws the system's error. */
  write(bytes: Buffer): Promise<number>
  /** Opens it again by its name. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** A file that is appended to; its folder is made when missing. @throws the system's error when it cannot be opened. */
export function fileOutput(path: string): Output {
  makeFolders(fs, dirname(path), { mode: 0o750 })
  let descriptor = openSync(path, 'a', 0o640)
  return {
    write: async (bytes) => (await writeBytes(descriptor, bytes)).bytesWritten,
    async reopen() {
      makeFolders(fs, dirname(path), { mode: 0o750 })
      const fresh = await openFile(path, 'a', 0o640)
      const old = descriptor
      descriptor = fresh
      await closeFile(old)
    },
    close: () => closeFile(descriptor),
  }
}

/** Standard output, which stays open. */
export function standardOutput(): Output {
  // A file takes bytes when it is told; the stream would write to it at once, and everybody would wait for the disk.
  if (fstatSync(1).isFile()) return descriptorOutput(1)
  // A blocked pipe, socket or terminal would hold a thread of Node's pool for ever, and the process with it when it exits;
  // the stream does not block.
  return streamOutput(process.stdout)
}

function descriptorOutput(descriptor: number): Output {
  return {
    write: async (bytes) => (await writeBytes(descriptor, bytes)).bytesWritten,
    reopen: async () => {},
    close: async () => {},
  }
}

/** A stream, which stays open. */
export function streamOutput(stream: Writable): Output {
  const ignore = () => {}
  // Each write is told of its error by itself.
  stream.on('error', ignore)
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve(bytes.length)))
      }),
    reopen: async () => {},
    close: async () => void stream.off('error', ignore),
  }
}
