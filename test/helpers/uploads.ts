import { memoryBudget } from '../../src/core/memory-budget.ts'
import { parseKey } from '../../src/core/paths.ts'
import type { StagedUpload, StageTicket } from '../../src/storage/contract.ts'
import { bufferBytesOf, type UploadEngine, type UploadSpec } from '../../src/storage/multipart/engine.ts'
import type { ObjectStore } from '../../src/storage/multipart/object-store.ts'
import { stagedMultipart } from '../../src/storage/multipart/staged-multipart.ts'

/** An engine on this store, with a memory that is never short. */
export function uploadEngine(store: ObjectStore, options: Partial<UploadEngine> = {}): UploadEngine {
  let lastToken = 0
  return {
    store,
    budget: memoryBudget({ bytes: 64 * 2 ** 20 }),
    parallelParts: 4,
    hashNames: [],
    newToken: () => `token-${++lastToken}`,
    hiddenKey: (token, number) => parseKey(`.hidden/${token}-${number}`),
    entryOf({ key, bytes, stored, modified, hashes }) {
      const { version } = stored
      return {
        kind: 'file',
        key,
        bytes,
        modified: modified ?? stored.modified ?? new Date(0),
        version,
        unique: key,
        hashes,
      }
    },
    ...options,
  }
}

export function uploadSpec(engine: UploadEngine, options: Partial<UploadSpec> = {}): UploadSpec {
  return {
    key: parseKey('in/file'),
    owner: 'ada',
    token: engine.newToken(),
    ifAbsent: false,
    modified: null,
    declaredBytes: null,
    bufferBytes: bufferBytesOf(engine),
    base: null,
    journal: null,
    ...options,
  }
}

/** An upload to `in/file`. */
export function stagedUpload(engine: UploadEngine, options: Partial<UploadSpec> = {}): StagedUpload {
  return stagedMultipart(engine, uploadSpec(engine, options))
}

/** A journal, and what stands in it last. */
export function journal() {
  const tickets: StageTicket[] = []
  return {
    note: async (ticket: StageTicket) => void tickets.push(ticket),
    tickets,
    get last(): StageTicket {
      return tickets.at(-1) ?? ''
    },
  }
}
