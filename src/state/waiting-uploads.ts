import type { Awaitable } from '../core/awaitable.ts'

/** A whole upload that stands under a temporary name and waits for its rename. Its bytes are in the store, unseen. */
export interface WaitingUpload {
  readonly id: string
  readonly account: string
  readonly storage: string
  /** The name that its account sees it under, and the one it is bound to: keys of the whole storage. */
  readonly key: string
  readonly finalKey: string
  /** As the storage driver made it; opaque here. */
  readonly ticket: string
  readonly bytes: number
  readonly modified: Date
  /** Of its content, lower-case hex by name. */
  readonly hashes: Readonly<Record<string, string>>
  /** Whether a client has set that time: it then goes with the content. */
  readonly hasOwnTime: boolean
  readonly endedAt: Date
  /** What was begun with it, and has perhaps happened in the store already. */
  readonly intent: WaitingIntent | null
}

export type WaitingIntent = 'publish' | 'divert'

export type NewWaitingUpload = Omit<WaitingUpload, 'id' | 'endedAt' | 'intent'>

/** The uploads of one gateway that wait for their rename. Its worker processes share them. */
export interface WaitingUploads {
  /**
   * Notes an upload, so that it outlives a power cut, and takes the line with this ticket out of the journal of staged
   * uploads in the same moment. Returns those that stood under the name before: nobody knows of them any more, and they are
   * to be discarded.
   */
  add(upload: NewWaitingUpload, journaledTicket: string): Awaitable<readonly WaitingUpload[]>
  /** The newest under this name; null when there is none. */
  find(account: string, storage: string, key: string): Awaitable<WaitingUpload | null>
  /** How many an account has in a storage. */
  count(account: string, storage: string): Awaitable<number>
  /** All below a directory (its key, '' for the root), however deep, in the order of their keys; the newest of each name. */
  below(account: string, storage: string, directory: string): Awaitable<readonly WaitingUpload[]>
  /** Takes it for one session alone. False when it is gone, or another session has it. */
  claim(id: string): Awaitable<boolean>
  /** Notes what is going to be done with it; null takes that back. 'divert' outlives a power cut. */
  intend(id: string, intent: WaitingIntent | null): Awaitable<void>
  release(id: string): Awaitable<void>
  setModified(id: string, modified: Date): Awaitable<void>
  remove(id: string): Awaitable<void>
  /** Of all accounts; `endedBefore` limits to those that have waited since. */
  all(filter?: { readonly storage?: string; readonly endedBefore?: Date }): Awaitable<readonly WaitingUpload[]>
}
