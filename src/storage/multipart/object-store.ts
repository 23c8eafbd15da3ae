import type { ChecksumKind } from '../../core/checksum/kinds.ts'
import type { ContentProof } from '../../core/content-proof.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { CallOptions } from '../contract.ts'

/**
 * What an object store's HTTP client supplies to the upload engine, and all that the engine knows of a store. One call is
 * one request as far as the engine can see: retries of requests that are safe to repeat (same bytes, same part number), of
 * throttling and of expired credentials happen inside. Calls throw GatewayError only; a signal that is aborted ends them
 * at once.
 */
export interface ObjectStore {
  readonly rules: StoreRules
  /**
   * Stores an object in one request. It replaces what is there, but for `ifAbsent`.
   * @throws 'already-exists' for `ifAbsent`, 'corrupted' when the store got other bytes than the checksums say.
   */
  putWhole(key: ObjectKey, body: Body, options: PutWholeOptions): Promise<StoredObject>
  /** Begins a multipart upload. Its id means something only together with its key. */
  begin(key: ObjectKey, options: BeginOptions): Promise<string>
  /**
   * Stores a part, replacing one of that number.
   * @throws 'not-found' when there is no such upload, 'corrupted' as `putWhole`.
   */
  putPart(part: PartAddress, body: Body, options: SendOptions): Promise<StoredPart>
  /**
   * Makes a part of a range of a published object, inside the store.
   * @throws 'not-found' when upload or source is gone, 'conflict' when the source is no longer `ifVersion`.
   */
  copyPart(part: PartAddress, source: CopySource, options: CallOptions): Promise<StoredPart>
  /**
   * Makes the object of the parts, which come in ascending order of their numbers. A 200 with an error inside is an error.
   * @throws 'already-exists' for `ifAbsent`, 'not-found' when there is no such upload (any more: an answer may have been
   *   lost), 'corrupted' when the store computed another checksum than `checksum`.
   */
  complete(upload: UploadAddress, parts: readonly StoredPart[], options: CompleteOptions): Promise<StoredObject>
  /** Removes the upload with its parts. An upload that is gone is no error. */
  abort(upload: UploadAddress, options?: CallOptions): Promise<void>
  /** All parts, through all pages, in ascending order of their numbers; null when there is no such upload. */
  listParts(upload: UploadAddress, options?: CallOptions): Promise<readonly StoredPart[] | null>
  head(key: ObjectKey, options?: CallOptions): Promise<ObjectHead | null>
  /** The bytes from `start` up to `end`. Chunks are lent. @throws 'not-found', 'conflict' for `ifVersion`. */
  read(source: CopySource, options?: CallOptions): AsyncIterable<Uint8Array>
  /**
   * Removes an object of ours that must not stay. An object that is gone, or another version by now, is no error where
   * the store can tell.
   */
  remove(key: ObjectKey, options: RemoveOptions): Promise<void>
}

/** Facts about a store's uploads, from its dialect. Sizes in bytes. */
export interface StoreRules {
  /** The least a part may have that is not the last: 5 MiB on S3, 1 MiB on COS. */
  readonly minPartBytes: number
  readonly maxPartBytes: number
  /** Parts are numbered from 1 to this. */
  readonly maxParts: number
  readonly maxObjectBytes: number
  /** The most one `putWhole` takes. */
  readonly maxWholeBytes: number
  /** All parts but the last must have the same length. */
  readonly wantsEqualParts: boolean
  /**
   * The checksum that goes with objects and parts; values are CRCs as `core/checksum` makes them. Null where the store
   * knows none: then MD5 is sent with every body.
   */
  readonly checksum: ChecksumKind | null
  /** MD5 is computed and sent with every body (`Content-MD5`), beside or instead of the checksum. */
  readonly wantsMd5: boolean
  /** `listParts` tells the checksum of each part, so that a crash loses no knowledge. */
  readonly listsChecksums: boolean
}

/** Bytes to send, one after another. Not changed before the call has ended. Empty for an empty object. */
export type Body = readonly Uint8Array[]

export interface UploadAddress {
  readonly key: ObjectKey
  readonly uploadId: string
}

export interface PartAddress extends UploadAddress {
  /** From 1. */
  readonly number: number
}

/** A range of a published object. */
export interface CopySource {
  readonly key: ObjectKey
  /** The source must still be this version (its ETag). Null: whatever it is now. */
  readonly ifVersion: string | null
  readonly start: number
  /** Behind the last byte. */
  readonly end: number
}

/** What the engine says about an object; content type, storage class, encryption and the like are the driver's. */
export interface ObjectFacts {
  /** Kept in the object's metadata and told by `head`: tells our upload from another's when an answer was lost. */
  readonly token: string
  /** The time the file shall bear, kept in the metadata; null: the store's own. */
  readonly modified: Date | null
  /** Hashes of the whole content by IANA name, lower-case hex, to keep in the metadata: known before the body for `putWhole` only. */
  readonly hashes: Readonly<Record<string, string>>
}

export interface SendOptions extends CallOptions {
  readonly bytes: number
  /** Of the body, of the kind the rules name; null where they name none. */
  readonly checksum: bigint | null
  /** 16 bytes; null where the rules want none. */
  readonly md5: Uint8Array | null
}

export interface PutWholeOptions extends SendOptions, ObjectFacts {
  readonly ifAbsent: boolean
}

export interface BeginOptions extends CallOptions, ObjectFacts {
  /** Some of its parts will be copied inside the store. */
  readonly hasCopies: boolean
  /** What the whole content will be proved by, where it is known already: only then are hashes kept. */
  readonly proof: ContentProof | null
}

export interface CompleteOptions extends CallOptions {
  readonly ifAbsent: boolean
  /** Length of the whole object. */
  readonly bytes: number
  /** Of the whole object, combined over its parts; null where not known. Sent where the store can check it itself. */
  readonly checksum: bigint | null
}

/** A part as the store has acknowledged or listed it. */
export interface StoredPart {
  readonly number: number
  readonly bytes: number
  /** Without quotes. */
  readonly etag: string
  /** As the store reported it, not as we sent it; null where it did not. */
  readonly checksum: bigint | null
}

/** An object as the store has acknowledged it. */
export interface StoredObject {
  /** The ETag without quotes. */
  readonly version: string
  /** Where the bucket keeps versions; else null. */
  readonly versionId: string | null
  /** Of the whole object as the store reported it; null where it did not. */
  readonly checksum: bigint | null
  /** The store's time of the answer (its Date header); null where it gave none. */
  readonly modified: Date | null
}

export interface ObjectHead extends StoredObject {
  readonly bytes: number
  /** The token of the upload that made it; null where the metadata holds none. */
  readonly token: string | null
}

export interface RemoveOptions extends CallOptions {
  /** Only if it is still this version. */
  readonly ifVersion: string
  /** Exactly this one of a bucket that keeps versions; what stood there before comes back. */
  readonly versionId: string | null
}
