import type { Awaitable } from '../core/awaitable.ts'
import type { VirtualPath } from '../core/paths.ts'

/** A staged upload that must be found again after this process. */
export interface StagedUploadRecord {
  readonly id: string
  readonly account: string
  readonly path: VirtualPath
  readonly storage: string
  /** As the storage driver made it; opaque here. */
  readonly ticket: string
  readonly createdAt: Date
  /** When somebody last wrote to it. */
  readonly touchedAt: Date
  /** True once the upload was cut and waits to be resumed; false while it runs. */
  readonly isKept: boolean
}

/** The journal of staged uploads. One gateway has one; its worker processes share it. */
export interface StagedUploads {
  /** Notes an upload before its first byte goes to the store; it is claimed by this process. Returns its id. */
  add(record: Pick<StagedUploadRecord, 'account' | 'path' | 'storage' | 'ticket'>): Awaitable<string>
  /** Its ticket is another now. */
  update(id: string, ticket: string): Awaitable<void>
  /** The newest kept upload of this account under this path, claimed or not; null when there is none. */
  find(account: string, path: VirtualPath): Awaitable<StagedUploadRecord | null>
  /** Takes a kept upload for one session alone. Null when it is gone or another session has it. */
  claim(id: string): Awaitable<StagedUploadRecord | null>
  /** Gives a claimed upload back, kept for resuming, with its ticket as it is now. */
  keep(id: string, ticket: string): Awaitable<void>
  /** Forgets it: it was published or discarded. */
  remove(id: string): Awaitable<void>
  /** All of one storage; `before` limits to those last touched earlier. */
  all(filter?: { readonly storage?: string; readonly before?: Date }): Awaitable<readonly StagedUploadRecord[]>
}
