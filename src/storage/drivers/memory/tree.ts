import { baseName, parentKey, rootKey, type ObjectKey } from '../../../core/paths.ts'
import type { Entry, FileEntry } from '../../contract.ts'
import { refusal } from '../../refusal.ts'

export interface FileNode {
  readonly kind: 'file'
  readonly id: number
  /** Never changed in place: whoever reads it keeps it whole. */
  readonly content: Uint8Array
  readonly version: string
  modified: Date
  mode: number
}

export interface DirectoryNode {
  readonly kind: 'directory'
  readonly id: number
  readonly children: Map<string, TreeNode>
  modified: Date
  mode: number
}

export type TreeNode = FileNode | DirectoryNode

/** Null when nothing is there. @throws 'not-directory' when a file stands where a folder should. */
export function findNode(root: DirectoryNode, key: ObjectKey): TreeNode | null {
  if (key === rootKey) return root
  let node: TreeNode = root
  for (const segment of key.split('/')) {
    if (node.kind === 'file') throw refusal('not-directory')
    const child = node.children.get(segment)
    if (child === undefined) return null
    node = child
  }
  return node
}

/** @throws 'not-found', 'not-directory'. */
export function nodeAt(root: DirectoryNode, key: ObjectKey): TreeNode {
  const node = findNode(root, key)
  if (node === null) throw refusal('not-found')
  return node
}

/** @throws 'not-found', 'not-directory'. */
export function directoryAt(root: DirectoryNode, key: ObjectKey): DirectoryNode {
  const node = nodeAt(root, key)
  if (node.kind === 'file') throw refusal('not-directory')
  return node
}

/** @throws 'not-found', 'is-directory', 'not-directory'. */
export function fileAt(root: DirectoryNode, key: ObjectKey): FileNode {
  const node = nodeAt(root, key)
  if (node.kind === 'directory') throw refusal('is-directory')
  return node
}

/** The file that would be replaced under this key, or null. @throws as `stage` does. */
export function replaceableAt(root: DirectoryNode, key: ObjectKey, ifAbsent: boolean): FileNode | null {
  if (key === rootKey) throw refusal('is-directory')
  const present = directoryAt(root, parentKey(key)).children.get(baseName(key)) ?? null
  if (present?.kind === 'directory') throw refusal('is-directory')
  if (present !== null && ifAbsent) throw refusal('already-exists')
  return present
}

export function entryOf(key: ObjectKey, node: FileNode): FileEntry
export function entryOf(key: ObjectKey, node: TreeNode): Entry
export function entryOf(key: ObjectKey, node: TreeNode): Entry {
  const { modified, mode } = node
  const shared = { key, modified, mode, unique: node.id.toString(16).padStart(8, '0') }
  if (node.kind === 'directory') return { kind: 'directory', ...shared }
  return { kind: 'file', ...shared, bytes: node.content.length, version: node.version }
}
