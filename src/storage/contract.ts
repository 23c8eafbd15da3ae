import type { ContentProof } from '../core/content-proof.ts'
import type { ObjectKey } from '../core/paths.ts'
import type { Pieces } from './pieces.ts'

/**
 * What a storage is. Small, and shaped like an object store: everything comfortable is built once, above it. The named
 * clauses that every driver obeys are in test/contract/storage-contract.ts. An optional method is a capability.
 *
 * All methods throw GatewayError only; drivers keep the vendor's error as its cause.
 */
export interface Storage {
  /** What is stored under the key, or null. A prefix of other keys counts as a directory; the root always is one. */
  stat(key: ObjectKey, options?: StatOptions): Promise<Entry | null>
  /**
   * One page of a directory's children, in UTF-8 byte order of their keys (a directory's ends with `/`), across pages too.
   * @throws 'not-found' when there is no such directory, 'not-directory' when a file is there.
   */
  list(directory: ObjectKey, options?: ListOptions): Promise<ListPage>
  /** @throws 'not-found', 'is-directory', 'invalid-restart' when `start` lies beyond the end, 'conflict' for `ifVersion`. */
  read(key: ObjectKey, options?: ReadOptions): Promise<OpenFile>
  /**
   * Opens an upload that no reader can see until it is published.
   * @throws 'not-found' when the parent is missing, 'not-directory' when it is a file, 'is-directory' when the key is one,
   *   'already-exists' for `ifAbsent`, 'invalid-restart' when `start` lies beyond what is stored, 'invalid-path' for a name
   *   the store cannot hold.
   */
  stage(key: ObjectKey, options?: StageOptions): Promise<StagedUpload>
  /** Finds a staged upload again after a lost connection or a crash. Null when it is gone. */
  restage(ticket: StageTicket, options?: RestageOptions): Promise<StagedUpload | null>
  /** Copies a file with its metadata, replacing what is there. @throws as `read` and `stage` do. */
  copy(from: ObjectKey, to: ObjectKey, options?: CopyOptions): Promise<FileEntry>
  /** Removes a file. @throws 'not-found', 'is-directory'. */
  remove(key: ObjectKey, options?: CallOptions): Promise<void>
  /** @throws 'already-exists' (file or directory), 'not-found' or 'not-directory' for the parent. */
  makeDirectory(key: ObjectKey, options?: CallOptions): Promise<void>
  /** Removes an empty directory. @throws 'not-found', 'not-directory', 'directory-not-empty'. */
  removeDirectory(key: ObjectKey, options?: CallOptions): Promise<void>
  /**
   * Present only where one call moves a file, or a whole directory at once. A file replaces a file.
   * @throws 'not-found', 'is-directory' when a file would replace a directory, 'already-exists' for any other directory
   *   in the way or for `ifAbsent`, 'unsupported' for a directory where there are `pieces`.
   */
  rename?(from: ObjectKey, to: ObjectKey, options?: RenameOptions): Promise<void>
  /** Present where a directory is moved and removed object by object. */
  readonly pieces?: Pieces
  /** Present where a time can be kept. @throws 'not-found'. */
  setModified?(key: ObjectKey, modified: Date, options?: CallOptions): Promise<void>
  /**
   * Present where content may lie in an archive that must be asked for it: asks for a copy that can be read for so many days.
   * @throws 'not-found', 'is-directory', 'unsupported' where the store turns out to have no archive.
   */
  restore?(key: ObjectKey, options?: RestoreOptions): Promise<RestoreState>
  /** Present where entries have POSIX permission bits. `mode` is 0 to 0o7777. @throws 'not-found'. */
  setMode?(key: ObjectKey, mode: number, options?: CallOptions): Promise<void>
  /** Present where the store can tell how many bytes still fit. */
  availableBytes?(options?: CallOptions): Promise<number>
  /**
   * Present where a directory must be there before something can be put into it: makes a mount's own root, with parents.
   * Does nothing when it is there.
   */
  makeRoot?(key: ObjectKey): Promise<void>
  /**
   * Removes uploads that nobody will go on with, but those with these tickets: what a dead process of this gateway left,
   * and, where they cannot be told apart from running ones, those begun before `before`. Returns how many.
   */
  sweep?(keep: readonly StageTicket[], options?: SweepOptions): Promise<number>
  /** Present where `sweep` can tell beforehand what it would remove: that which was begun before. */
  unfinished?(keep: readonly StageTicket[], before: Date): AsyncIterable<UnfinishedUpload>
  /** Present where the store keeps a checksum of every content: its name in `FileEntry.hashes`. */
  readonly checksumName?: string
  /** Present where a rename costs a copy, and an upload can be staged for the name it will be given (`finalKey`). */
  readonly sealed?: SealedUploads
  close(): Promise<void>
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface StatOptions extends CallOptions {
  /** What the caller hopes to find: stores that must ask twice ask for this first. A hint. */
  readonly expect?: 'file' | 'directory'
  /** The caller makes no difference between a directory and nothing: one may be told as null. A hint. */
  readonly only?: 'file'
  /** What was seen a moment ago will do: for calls whose next step finds out by itself. A hint. Default false. */
  readonly recent?: boolean
}

export interface RestoreOptions extends CallOptions {
  /** From 1. Default: as the storage is configured. */
  readonly days?: number
}

/** The archive was asked for it, was asked before and is still at it, or the content can be read now. */
export type RestoreState = 'requested' | 'under-way' | 'readable'

export interface ListOptions extends CallOptions {
  /** The `next` of the page before. */
  readonly cursor?: string
}

export interface ListPage {
  readonly entries: readonly Entry[]
  /** Opaque; null on the last page. */
  readonly next: string | null
}

export interface ReadOptions extends CallOptions {
  /** The first byte wanted, from 0. Equal to the length: nothing is read. */
  readonly start?: number
  /** The byte before which to stop; beyond the end means the end. */
  readonly end?: number
  /** The content must still be this one. */
  readonly ifVersion?: string
}

/** A file opened for reading. Whoever opened it closes it, also after an error. */
export interface OpenFile {
  readonly entry: FileEntry
  /** Iterated once. A chunk is lent: it is valid until the next one is asked for. */
  readonly body: AsyncIterable<Uint8Array>
  close(): Promise<void>
}

export interface StageOptions extends CallOptions {
  /** Bytes of the present content that stay in front of what is appended. Default 0. */
  readonly start?: number
  /** Nothing may be stored under the key, now and when published. */
  readonly ifAbsent?: boolean
  /** How many bytes will be appended, when the client said so (ALLO). A hint. */
  readonly declaredBytes?: number
  /** The time the file shall bear, when the client has announced one. */
  readonly modified?: Date
  /**
   * For storages with `sealed`: the key that this one will be renamed to, in the same directory. The upload is bound to it
   * from the start; it ends by `seal` or `discard`, and is never published under `key` by itself.
   */
  readonly finalKey?: ObjectKey
  /** Whose share of memory and requests it counts to: an account's name. Default: all such uploads share one. */
  readonly owner?: string
  /**
   * Awaited before the first byte leaves for the store, by drivers that cannot find a staged upload without its ticket.
   * Called again when a later ticket knows more: the newest replaces those before.
   */
  readonly journal?: (ticket: StageTicket) => Promise<void>
}

export interface RestageOptions extends CallOptions {
  /** As in `StageOptions`, for as long as the upload goes on. */
  readonly journal?: (ticket: StageTicket) => Promise<void>
}

/** Enough to find a staged upload again. JSON that only the driver understands. */
export type StageTicket = string

export interface StagedUpload {
  readonly ticket: StageTicket
  /** Bytes the store has acknowledged, `start` included: where a client may go on from. */
  readonly durableBytes: number
  /**
   * Pulls `body` until it ends or throws; what was acknowledged stays staged either way. May be called again.
   * A chunk is lent: it is valid until the next one is asked for.
   * @throws what the body throws; 'storage-full', 'unavailable'.
   */
  append(body: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<void>
  /**
   * Forgets what lies behind this offset, so that a resumed upload may begin there.
   * @throws 'invalid-restart' when `bytes` exceeds `durableBytes`, or where the store cannot go on from just there; from
   *   0, from `start` and from `durableBytes` all can.
   */
  truncate(bytes: number): Promise<void>
  /**
   * Makes the content visible, all at once, and proves it: the store's checksum or length equals ours, or it throws
   * 'corrupted'. @throws 'already-exists' for `ifAbsent`, 'not-found' when the parent went away.
   */
  publish(options?: PublishOptions): Promise<FileEntry>
  /**
   * Present on uploads staged with a `finalKey`. Sends what is left, and resolves once the store has acknowledged and proved
   * every byte: what comes of it leads to the content from now on, and the upload takes no more.
   */
  seal?(): Promise<SealedUpload>
  /** Lets go of local resources and keeps what is staged, for `restage`. */
  suspend(): Promise<void>
  /** Removes every trace. Best effort, and never throws. */
  discard(): Promise<void>
}

/** A whole content in the store that nobody can see, and that waits to be given its name. */
export interface SealedUpload {
  readonly ticket: StageTicket
  /** The key it was staged under, and the one it is bound to. */
  readonly key: ObjectKey
  readonly finalKey: ObjectKey
  readonly bytes: number
  /** The time that was announced for it, if one was. */
  readonly modified: Date | null
  /** As in `FileEntry`. */
  readonly hashes: Readonly<Record<string, string>>
  readonly proof: ContentProof | null
}

export interface DivertOptions extends CopyOptions {
  /** An earlier call may have shown it under its final key: only then is it taken away from there. Default false. */
  readonly isBegun?: boolean
}

/** What becomes of sealed uploads. */
export interface SealedUploads {
  /**
   * Makes the content visible under its final key, all at once, and proves it. Where an earlier call has done so, that
   * counts. @throws 'already-exists' for `ifAbsent`, 'not-found' when the store has lost it.
   */
  publish(ticket: StageTicket, options?: CopyOptions): Promise<FileEntry>
  /**
   * Makes the content visible under another key than the final one, by way of a copy. Where an earlier call broke off, it
   * goes on. @throws 'conflict' when another content stands under the final key, 'already-exists' for `ifAbsent`,
   *   'not-found' and 'not-directory' for the parent: nothing has happened then. 'not-found' when the store has lost it, or
   *   shows it under the final key without `isBegun`.
   */
  divert(ticket: StageTicket, to: ObjectKey, options?: DivertOptions): Promise<FileEntry>
  /** Asks the store what has become of it: 'published' when it stands under its final key. */
  fate(ticket: StageTicket, options?: CallOptions): Promise<'waiting' | 'published' | 'lost'>
  /** Removes it from the store. */
  discard(ticket: StageTicket): Promise<void>
}

export interface PublishOptions extends CallOptions {
  /** Another key to appear under than the one it was staged for. */
  readonly as?: ObjectKey
}

export interface SweepOptions {
  /** Default: now. */
  readonly before?: Date
  /** Other processes of this gateway may have uploads under way: what cannot be told from those stays. Default false. */
  readonly othersWork?: boolean
  /** A process of this gateway that is known to be gone, by its number: what it had under way and nobody keeps goes, whoever else works. */
  readonly goneProcess?: number
  /** Only counts. */
  readonly isDryRun?: boolean
}

/** An upload that somebody has begun and that no ticket leads to, or what was put aside while it was put together. */
export interface UnfinishedUpload {
  /** As it stands in the storage; not for clients. */
  readonly key: string
  /** The store's own name for the upload; null for what was put aside. */
  readonly id: string | null
  readonly begunAt: Date | null
  /** What the store holds of it; null where that is not known. */
  readonly bytes: number | null
}

export interface CopyOptions extends CallOptions {
  readonly ifAbsent?: boolean
}

export interface RenameOptions extends CallOptions {
  readonly ifAbsent?: boolean
}

export type Entry = FileEntry | DirectoryEntry

export interface FileEntry {
  readonly kind: 'file'
  readonly key: ObjectKey
  /** Length of the content. */
  readonly bytes: number
  readonly modified: Date
  /** Changes whenever the content does; opaque (an ETag, or inode with time and length). */
  readonly version: string
  /** Stays the same for one entry and differs between entries; opaque, tells neither key nor inode. RFC 3659 §7.5.2. */
  readonly unique: string
  /** POSIX permission bits, where there are any. */
  readonly mode?: number
  /** Hashes kept beside the content that belong to this version, lower-case hex, by their IANA names (`SHA-256`). */
  readonly hashes?: Readonly<Record<string, string>>
  /** Of an upload just published: by what the store has proved that it holds every byte of the file. */
  readonly proof?: ContentProof
}

export interface DirectoryEntry {
  readonly kind: 'directory'
  readonly key: ObjectKey
  /** Null where the store knows no time. */
  readonly modified: Date | null
  readonly unique: string
  readonly mode?: number
}
