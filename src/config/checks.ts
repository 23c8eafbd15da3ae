import { missing, type Complaint } from './messages.ts'
import { nearestWord } from './nearest.ts'
import type { FieldPath } from './problem.ts'
import { isTree, valueAt, type Tree } from './written/tree.ts'

/**
 * What no single section can know. It reads the tree as it was written, so that these mistakes are told beside those that
 * keep a section from being read at all; what has the wrong type is passed over here.
 */
export function crossChecks(tree: Tree): readonly Complaint[] {
  return [...checkListeners(tree), ...checkAccounts(tree), ...checkMounts(tree)]
}

function checkListeners(tree: Tree): readonly Complaint[] {
  const places = listAt(tree, ['listeners']).map((listener, at) => {
    const { port = null, address = '::' } = isTree(listener) ? listener : {}
    return {
      field: ['listeners', at, 'port'],
      key: port === null || port === 0 ? null : `${text(address)} ${text(port)}`,
    }
  })
  return repeated(places, 'Another listener has this address and port.')
}

function checkAccounts(tree: Tree): readonly Complaint[] {
  // The account that the first start makes sees the storage of an empty configuration.
  if (tree['accounts'] === undefined && valueAt(tree, ['storages', 'files']) === undefined)
    return [{ field: ['accounts'], sentence: missing }]
  const accounts = listAt(tree, ['accounts'])
  const names = accounts.map((account, at) => ({
    field: ['accounts', at, 'name'],
    key: text(valueAt(account, ['name'])),
  }))
  return repeated(names, 'Another account has this name.')
}

function checkMounts(tree: Tree): readonly Complaint[] {
  const storages = isTree(tree['storages']) ? Object.keys(tree['storages']) : []
  return listAt(tree, ['accounts']).flatMap((_, account) =>
    listAt(tree, ['accounts', account, 'mounts']).flatMap((mount, at) => {
      const storage = text(valueAt(mount, ['storage']))
      if (storage === null || storages.includes(storage)) return []
      return [{ field: ['accounts', account, 'mounts', at, 'storage'], sentence: unknownStorage(storage, storages) }]
    }),
  )
}

function unknownStorage(name: string, storages: readonly string[]): string {
  const meant = nearestWord(name, storages)
  if (meant !== null) return `There is no such storage. Did you mean ${meant}?`
  return storages.length === 0 ? 'There is no storage.' : `There is no such storage. There are: ${storages.join(', ')}.`
}

function repeated(
  places: readonly { readonly field: FieldPath; readonly key: string | null }[],
  sentence: string,
): readonly Complaint[] {
  const seen = new Set<string>()
  return places.flatMap(({ field, key }) => {
    if (key === null) return []
    if (seen.has(key)) return [{ field, sentence }]
    seen.add(key)
    return []
  })
}

function listAt(tree: unknown, path: FieldPath): readonly unknown[] {
  const value = valueAt(tree, path)
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}
