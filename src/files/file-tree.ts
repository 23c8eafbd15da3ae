import type { Account } from '../accounts/account.ts'
import type { ContentProof } from '../core/content-proof.ts'
import type { VirtualPath } from '../core/paths.ts'
import type { Verdict } from '../core/verdict.ts'
import type { RestoreState } from '../storage/contract.ts'
import type { TreeProgress } from './tree/tree-progress.ts'

/**
 * What one account sees: its mounts as one tree, held to its permissions, limits and publish policy. Everything throws
 * GatewayError with the virtual path at most in its sentence.
 */
export interface FileTree {
  readonly account: Account

  /** @throws 'not-found', 'permission-denied'. */
  stat(path: VirtualPath, options?: TreeOptions): Promise<TreeEntry>
  /** For MLST: `stat`, but of a kept upload of this account as long as it is durable, and without a time. */
  describe(path: VirtualPath, options?: TreeOptions): Promise<TreeEntry>
  /** For CWD: `stat` that asks for no permission but to exist as a folder. @throws 'not-found', 'not-directory'. */
  enter(path: VirtualPath, options?: TreeOptions): Promise<void>
  /** Length for SIZE: of a kept upload of this account the durable one, else of the file. @throws 'is-directory' too. */
  size(path: VirtualPath, options?: TreeOptions): Promise<number>
  /** Opens a folder; its first page has been read when this returns. @throws 'not-found', 'not-directory', 'permission-denied'. */
  list(path: VirtualPath, options?: TreeOptions): Promise<Listing>
  /** @throws 'not-found', 'is-directory', 'permission-denied', 'invalid-restart'. */
  read(path: VirtualPath, options?: ReadRange & TreeOptions): Promise<OpenTreeFile>
  /** Refuses what can be refused before the first byte: permission, parent, name, size, quota, restart offset. */
  prepareWrite(path: VirtualPath, options?: WriteOptions & TreeOptions): Promise<PendingWrite>
  /** @throws 'not-found', 'is-directory', 'permission-denied'. */
  remove(path: VirtualPath, options?: TreeOptions): Promise<void>
  makeDirectory(path: VirtualPath, options?: TreeOptions): Promise<void>
  removeDirectory(path: VirtualPath, options?: TreeOptions): Promise<void>
  /** Removes a folder with all it holds (RMDA). */
  removeTree(path: VirtualPath, options?: TreeOptions & Watched): Promise<void>
  /** For RNFR: exists, is no mount and may be renamed. */
  prepareRename(path: VirtualPath, options?: TreeOptions): Promise<void>
  rename(from: VirtualPath, to: VirtualPath, options?: TreeOptions & Watched): Promise<void>
  copy(from: VirtualPath, to: VirtualPath, options?: TreeOptions): Promise<void>
  /** @throws 'unsupported' where the storage keeps none. */
  setModified(path: VirtualPath, modified: Date, options?: TreeOptions): Promise<void>
  setMode(path: VirtualPath, mode: number, options?: TreeOptions): Promise<void>
  /** Asks the archive for a file. @throws 'unsupported' where the storage has none. */
  restore(path: VirtualPath, options?: TreeOptions & { readonly days?: number }): Promise<RestoreState>
  /** Bytes that may still be stored: the quota left, else free space, else 2⁵³−1. */
  availableBytes(path: VirtualPath, options?: TreeOptions): Promise<number>
  /** Lower-case hex of the file's bytes in a range; from stored hashes where they are current, else by reading. */
  hash(path: VirtualPath, algorithm: HashAlgorithm, options?: ReadRange & TreeOptions): Promise<HashResult>
}

export type { RestoreState }

export type HashAlgorithm = 'SHA-256' | 'SHA-512' | 'SHA-1' | 'MD5' | 'CRC32' | 'CRC64NVME' | 'CRC64ECMA'

export interface HashResult {
  readonly hex: string
  readonly start: number
  /** Behind the last byte hashed. */
  readonly end: number
}

export interface TreeOptions {
  readonly signal?: AbortSignal | undefined
}

/** For what may take long. */
export interface Watched {
  /** Told how far it is, where it goes object by object. */
  readonly progress?: ((progress: TreeProgress) => void) | undefined
}

export interface ReadRange {
  readonly start?: number
  /** The byte before which to stop. */
  readonly end?: number
}

/** An entry with what its account may do to it. */
export interface TreeEntry {
  readonly kind: 'file' | 'directory'
  /** The last segment of its path; '' for the root. */
  readonly name: string
  /** 0 for folders. */
  readonly bytes: number
  readonly modified: Date | null
  readonly unique: string
  /** POSIX bits: the storage's where it has modes, else made from the account's rights. */
  readonly mode: number
  /** The `perm` fact: RFC 3659 §7.5.5, from the account's rights alone. */
  readonly perm: string
}

export interface Listing {
  readonly entry: TreeEntry
  /** In pages, in key order, each entry once. Throws where a page fails: no listing is cut in silence. Iterated once. */
  readonly pages: AsyncIterable<readonly TreeEntry[]>
}

export interface OpenTreeFile {
  readonly entry: TreeEntry
  /** Lent chunks: valid until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface WriteOptions {
  /** 'store' replaces, 'append' adds at the end, 'unique' finds a name that is free, with `path` as its stem. */
  readonly mode: 'store' | 'append' | 'unique'
  /** REST: bytes of what is there that stay. Default 0. */
  readonly start?: number
  /** ALLO: bytes the client said it would send. */
  readonly declaredBytes?: number | null
  /** A time the client announced for this file. */
  readonly modified?: Date | null
}

/** An upload that has been allowed. It ends with exactly one call of `settle`. */
export interface PendingWrite {
  /** The name it will have: for 'unique' the one that was found. */
  readonly path: VirtualPath
  /**
   * Stores what comes; held to the size limit and the quota as it arrives. Chunks are lent.
   * @throws what the body throws; 'too-large', 'quota-exceeded', 'storage-full', 'unavailable'.
   */
  append(body: AsyncIterable<Uint8Array>, options?: TreeOptions): Promise<void>
  /**
   * Publishes, keeps or discards, as the verdict and the account's policy say. `publish` errors are thrown after the old
   * content is safe and the new one is kept or gone. Never throws for a verdict that does not publish.
   */
  settle(verdict: Verdict): Promise<Settlement>
}

export interface Settlement {
  readonly outcome: 'published' | 'kept' | 'discarded'
  /** Length of the whole file when published; of what is durable when kept; else 0. */
  readonly bytes: number
  /** By what the store has proved that it holds the whole published file, where there is such a thing. */
  readonly proof?: ContentProof
}
