import type { ContentProof } from '../../core/content-proof.ts'
import type { MemoryBudget } from '../../core/memory-budget.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { FileEntry, StageTicket } from '../contract.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'

/** Hashes of whole contents, by their IANA names. */
export type HashName = 'SHA-256' | 'SHA-512' | 'SHA-1' | 'MD5'

/** What all uploads of one storage share. */
export interface UploadEngine {
  readonly store: ObjectStore
  /** One for the whole process. */
  readonly budget: MemoryBudget
  /** How many parts of one upload travel at once, from 1. */
  readonly parallelParts: number
  /** Which hashes are computed on the way: each costs 0.5 to 1.2 CPU seconds per GiB. */
  readonly hashNames: readonly HashName[]
  /** A new token, different from every other. */
  readonly newToken: () => string
  /** Where nobody looks: keys of objects that exist only while a long part is put together. */
  readonly hiddenKey: (token: string, number: number) => ObjectKey
  /** How the driver shows what was published. */
  readonly entryOf: (published: Published) => FileEntry
}

export interface Published {
  readonly key: ObjectKey
  readonly bytes: number
  readonly stored: StoredObject
  /** The time that was asked for; null: the store's own. */
  readonly modified: Date | null
  /** Of the whole content, lower-case hex by IANA name; empty when a part of it was not seen by this process. */
  readonly hashes: Readonly<Record<string, string>>
  /** Null where store and we have no hash of the whole content in common. */
  readonly proof: ContentProof | null
  /** The store's kind of checksum, of the whole content; null where it is not known. */
  readonly checksum: bigint | null
}

/** What is known of an upload when it begins, and for as long as it lives. */
export interface UploadSpec {
  readonly key: ObjectKey
  /** The name it stands under until it is given that of `key`; left out or null: it is published under `key` right away. */
  readonly temporaryKey?: ObjectKey | null
  /** Whose share of the memory it counts to. */
  readonly owner: string
  readonly token: string
  readonly ifAbsent: boolean
  readonly modified: Date | null
  /** Length of the whole content, `base` included, when the client said it. */
  readonly declaredBytes: number | null
  /** The longest part held in memory. Stays the same when the upload is resumed, so that its plan does. */
  readonly bufferBytes: number
  readonly base: UploadBase | null
  readonly journal: ((ticket: StageTicket) => Promise<void>) | null
}

/** The object whose beginning stays. */
export interface UploadBase {
  readonly key: ObjectKey
  readonly version: string
  /** How many of its bytes stay, from 1. */
  readonly bytes: number
  /** Of those bytes; null where it is not known. */
  readonly checksum: bigint | null
}

/** The longest part that this budget can hold for several uploads at once. In bytes. */
export function bufferBytesOf({ budget, store }: Pick<UploadEngine, 'budget' | 'store'>): number {
  return Math.max(store.rules.minPartBytes, Math.min(33_554_432, Math.floor(budget.bytes / 8)))
}
