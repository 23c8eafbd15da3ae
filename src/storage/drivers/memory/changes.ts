import type { Clock } from '../../../core/clock.ts'
import { GatewayError } from '../../../core/errors.ts'
import { baseName, childKey, parentKey, rootKey, type ObjectKey } from '../../../core/paths.ts'
import type { FileEntry } from '../../contract.ts'
import {
  directoryAt,
  entryOf,
  fileAt,
  findNode,
  nodeAt,
  replaceableAt,
  type DirectoryNode,
  type TreeNode,
} from './tree.ts'
import { refusal } from '../../refusal.ts'

export interface Content {
  readonly content: Uint8Array
  /** Null: now. */
  readonly modified: Date | null
  /** Null: that of the file it replaces. */
  readonly mode: number | null
}

export type MemoryTree = ReturnType<typeof memoryTree>

/** The tree of a memory storage, and everything that changes it. */
export function memoryTree(clock: Clock) {
  let lastId = 0
  const newDirectory = (): DirectoryNode => {
    return { kind: 'directory', id: ++lastId, children: new Map(), modified: clock.now(), mode: 0o755 }
  }
  const root = newDirectory()
  // What was known of a version must not come true again for another content after a restart.
  const begunAt = clock.now().getTime().toString(36)

  function link(key: ObjectKey, node: TreeNode): void {
    const parent = directoryAt(root, parentKey(key))
    parent.children.set(baseName(key), node)
    parent.modified = clock.now()
  }

  function unlink(key: ObjectKey): void {
    const parent = directoryAt(root, parentKey(key))
    parent.children.delete(baseName(key))
    parent.modified = clock.now()
  }

  return {
    root,
    put(key: ObjectKey, { content, modified, mode }: Content, ifAbsent = false): FileEntry {
      const present = replaceableAt(root, key, ifAbsent)
      const version = `v${++lastId}-${begunAt}`
      const kept = { id: present?.id ?? lastId, mode: mode ?? present?.mode ?? 0o644 }
      const node = { kind: 'file' as const, ...kept, content, version, modified: modified ?? clock.now() }
      link(key, node)
      return entryOf(key, node)
    },
    remove(key: ObjectKey): void {
      fileAt(root, key)
      unlink(key)
    },
    makeDirectory(key: ObjectKey): void {
      if (findNode(root, key) !== null) throw refusal('already-exists')
      link(key, newDirectory())
    },
    removeDirectory(key: ObjectKey): void {
      const { children } = directoryAt(root, key)
      refuseRoot(key)
      if (children.size > 0) throw refusal('directory-not-empty')
      unlink(key)
    },
    move(from: ObjectKey, to: ObjectKey, ifAbsent: boolean): void {
      refuseRoot(from)
      const node = nodeAt(root, from)
      if (from === to && !ifAbsent) return
      if (node.kind === 'file') replaceableAt(root, to, ifAbsent)
      else if (findNode(root, to) !== null) throw refusal('already-exists')
      if (to.startsWith(`${from}/`)) throw new GatewayError('invalid-path', 'A folder cannot move into itself.')
      link(to, node)
      unlink(from)
    },
    makeRoot(key: ObjectKey): void {
      let at = rootKey
      for (const segment of key === rootKey ? [] : key.split('/')) {
        at = childKey(at, segment)
        if (findNode(root, at) === null) link(at, newDirectory())
      }
      directoryAt(root, key)
    },
  }
}

function refuseRoot(key: ObjectKey): void {
  if (key === rootKey) throw new GatewayError('permission-denied', 'The root folder stays as it is.')
}
