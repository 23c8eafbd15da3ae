import type { TreeOperationRecord, TreeOperations } from '../../../src/state/tree-operations.ts'
import type { Trees } from '../../../src/files/view.ts'

export interface TestOperations extends TreeOperations {
  readonly records: ReadonlyMap<string, TreeOperationRecord>
  /** Everything is free to be claimed, as after a restart. */
  restart(): void
}

/** The journal, in memory. */
export function testOperations(): TestOperations {
  const records = new Map<string, TreeOperationRecord>()
  const claimed = new Set<string>()
  const isNear = (one: string, other: string) => `${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)
  const covering = (storage: string, key: string) =>
    [...records.values()].find(
      (record) =>
        record.storage === storage &&
        (isNear(record.source, key) || (record.target !== null && isNear(record.target, key))),
    ) ?? null
  return {
    records,
    begin(operation) {
      const { storage, source, target } = operation
      if (covering(storage, source) ?? (target !== null && covering(storage, target))) return null
      const id = String(records.size + 1)
      const record = { ...operation, id, phase: 'copying', after: null, done: 0 } as const
      records.set(id, record)
      claimed.add(id)
      return record
    },
    progress(id, progress) {
      const record = records.get(id)
      if (record !== undefined) records.set(id, { ...record, ...progress })
    },
    covering,
    claim(id) {
      const record = records.get(id)
      if (record === undefined || claimed.has(id)) return null
      claimed.add(id)
      return record
    },
    release: (id) => void claimed.delete(id),
    due: () => [...records.values()].filter(({ id }) => !claimed.has(id)),
    finish: (id) => void records.delete(id),
    restart: () => claimed.clear(),
  }
}

export function testTrees(facts: Partial<Trees> = {}): Trees & { readonly operations: TestOperations } {
  const operations = testOperations()
  return { parallel: 4, mostMoved: null, retryMilliseconds: 1000, ...facts, operations }
}
