import { test, type TestContext } from 'node:test'
import type { Storage } from '../../src/storage/contract.ts'
import type { Clauses } from './clause.ts'
import { namingClauses } from './naming-clauses.ts'
import { pieceClauses } from './piece-clauses.ts'
import { readingClauses } from './reading-clauses.ts'
import { stagingClauses } from './staging-clauses.ts'

export interface Opened {
  /** Empty. */
  readonly storage: Storage
  /** The same store opened anew, as after a restart. Left out where nothing outlives a storage. */
  readonly reopen?: () => Promise<Storage>
}

/** Every sentence of src/storage/contract.ts that can be checked. None asks for more than stands there. */
const clauses: Clauses = { ...readingClauses, ...stagingClauses, ...namingClauses, ...pieceClauses }

/** Holds a storage to the contract. `open` makes an empty one for each clause, and cleans up after it by `t.after`. */
export function storageContract(name: string, open: (t: TestContext) => Promise<Opened>): void {
  for (const [sentence, check] of Object.entries(clauses)) {
    test(`${name}: ${sentence}`, async (t) => {
      const { storage, reopen = null } = await open(t)
      await check({ storage, reopen })
    })
  }
}
