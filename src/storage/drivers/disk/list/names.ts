import fs, { type Dirent } from 'node:fs'
import { systemCode } from '../errors.ts'

/** How the names of one folder are told apart, and which of them can be shown. */
export interface FolderNames {
  /**
   * Sorted as listings are. Each is the bytes of a name, one character for each byte, so that plain string order is byte
   * order; behind a folder's stands a slash.
   */
  readonly sorted: readonly string[]
  /** How many were left out because they hold control characters or are no UTF-8. */
  readonly unshowable: number
}

export type Kind = 'file' | 'directory'

const control = /[\0-\x1f\x7f]/
const beyondAscii = /[\x80-\xff]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a folder once. `kindOfLink` says what a link leads to; null leaves it out, as pipes, sockets and devices are.
 * @throws system errors.
 */
export function folderNames(path: string, kindOfLink: (name: string) => Kind | null): FolderNames {
  const sorted: string[] = []
  let unshowable = 0
  for (const entry of readFolder(path)) {
    const bytes = entry.name
    const name = decodeName(bytes)
    if (name === null) unshowable++
    else {
      const kind = entry.isSymbolicLink() ? kindOfLink(name) : kindOf(entry)
      if (kind !== null) sorted.push(kind === 'directory' ? `${bytes}/` : bytes)
    }
  }
  return { sorted: sorted.sort(), unshowable }
}

/** The name in bytes as text; null when it cannot be shown: control characters would forge lines, bad UTF-8 would lie. */
export function decodeName(bytes: string): string | null {
  if (control.test(bytes)) return null
  if (!beyondAscii.test(bytes)) return bytes
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    // The decoder says with this that the bytes are no UTF-8; there is nothing more to learn from it.
    return null
  }
}

/** Its name is in bytes, one character for each. */
type TypedName = Pick<Dirent, 'name' | 'isFile' | 'isDirectory' | 'isSymbolicLink'>

function kindOf(type: TypedName): Kind | null {
  if (type.isFile()) return 'file'
  return type.isDirectory() ? 'directory' : null
}

/**
 * Four times faster than asking for names as buffers. Where the file system does not tell types, Node asks for each name,
 * and fails for those that are more than ASCII in this encoding: then each is asked for here.
 */
function readFolder(path: string): readonly TypedName[] {
  try {
    return fs.readdirSync(path, { encoding: 'latin1', withFileTypes: true })
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    return readFolderByStat(path)
  }
}

/** Exported for its test: few file systems need it. */
export function readFolderByStat(path: string): readonly TypedName[] {
  return fs.readdirSync(path, 'latin1').flatMap((bytes): TypedName[] => {
    const name = Buffer.from(bytes, 'latin1').toString()
    const stats = fs.lstatSync(`${path}/${name}`, { throwIfNoEntry: false })
    return stats === undefined ? [] : [Object.assign(stats, { name: bytes })]
  })
}
