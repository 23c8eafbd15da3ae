import { isGatewayError } from '../../../core/errors.ts'
import { compareKeys, sortKey } from '../../../core/key-order.ts'
import { childKey } from '../../../core/paths.ts'
import { refuseWhenAborted } from '../../abortable.ts'
import type { ReadOptions, Storage } from '../../contract.ts'
import { directoryAt, entryOf, fileAt, findNode, type DirectoryNode } from './tree.ts'
import { refusal } from '../../refusal.ts'

/** Larger than one socket write takes at once, small enough that consumers see more than one. */
const chunkBytes = 65_536

export function memoryReading(root: DirectoryNode, pageEntries: number): Pick<Storage, 'stat' | 'list' | 'read'> {
  return {
    async stat(key, options = {}) {
      refuseWhenAborted(options.signal)
      const node = nodeOrNull(root, key)
      return node && entryOf(key, node)
    },
    async list(directory, { cursor = '', signal } = {}) {
      refuseWhenAborted(signal)
      const all = [...directoryAt(root, directory).children]
        .map(([name, node]) => entryOf(childKey(directory, name), node))
        .filter((entry) => cursor === '' || compareKeys(sortKey(entry), cursor) > 0)
        .toSorted((a, b) => compareKeys(sortKey(a), sortKey(b)))
      const entries = all.slice(0, pageEntries)
      const last = entries.at(-1)
      return { entries, next: last !== undefined && all.length > pageEntries ? sortKey(last) : null }
    },
    async read(key, options = {}) {
      refuseWhenAborted(options.signal)
      const node = fileAt(root, key)
      const { start = 0, end = node.content.length, ifVersion = node.version } = options
      if (ifVersion !== node.version) throw refusal('conflict')
      if (start > node.content.length) throw refusal('invalid-restart')
      const body = chunks(node.content.subarray(start, Math.max(start, end)), options)
      return { entry: entryOf(key, node), body, close: async () => {} }
    },
  }
}

function nodeOrNull(root: DirectoryNode, key: Parameters<typeof findNode>[1]) {
  try {
    return findNode(root, key)
  } catch (error) {
    if (isGatewayError(error, 'not-directory')) return null
    throw error
  }
}

/** Lends copies from one buffer, as drivers with real files do: who keeps a chunk is found out here too. */
async function* chunks(content: Uint8Array, { signal }: ReadOptions): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(Math.min(chunkBytes, content.length))
  for (let offset = 0; offset < content.length; offset += chunkBytes) {
    refuseWhenAborted(signal)
    const piece = content.subarray(offset, offset + chunkBytes)
    buffer.set(piece)
    yield buffer.subarray(0, piece.length)
  }
}
