import type { BodyChecks } from './checksums.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** What an object is given beside its content. Copies do not inherit it everywhere: state it again. */
export interface ObjectSettings {
  readonly contentType?: string
  /** Names without the store's prefix, in lower case; printable ASCII only. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly storageClass?: string
  readonly acl?: string
  readonly tags?: Readonly<Record<string, string>>
}

/** How the store encrypts what it holds. A customer's key goes with every request that touches content. */
export type Encryption =
  | { readonly kind: 'managed' }
  | { readonly kind: 'kms'; readonly keyId: string | null }
  /** 32 bytes. */
  | { readonly kind: 'customer'; readonly key: Buffer }

/** What must be there for a request to do anything. */
export interface Conditions {
  /** Nothing may be stored under the key. Where the store cannot promise it, the call is refused: 'unsupported'. */
  readonly ifAbsent?: boolean
  /** An ETag without quotes. */
  readonly ifMatch?: string | null
}

export interface PutOptions extends CallOptions, ObjectSettings, Conditions, BodyChecks {}

/** What the store acknowledges. */
export interface Stored {
  /** Without quotes. */
  readonly etag: string
  readonly versionId: string | null
  /** Of the whole content, of the dialect's kind; null: not told. */
  readonly checksum: bigint | null
  /** The time of the answer. */
  readonly date: Date | null
  readonly requestId: string | null
}

/** What the store tells of an object without its content. */
export interface ObjectFacts extends Stored {
  readonly bytes: number
  readonly modified: Date | null
  readonly contentType: string | null
  /** Names in lower case, without the store's prefix. */
  readonly metadata: Readonly<Record<string, string>>
  /** Null: the standard one. */
  readonly storageClass: string | null
  /** `AES256` and the like, or `customer`; null: the store says nothing of it. */
  readonly encryption: string | null
  /** What the store says of a restore from the archive; null: nothing. */
  readonly restore: string | null
}

export interface GetOptions extends CallOptions {
  /** First byte. */
  readonly start?: number
  /** Behind the last byte; null or beyond the end: the end. */
  readonly end?: number | null
  readonly ifMatch?: string | null
  /** The store is asked to tell its checksum of the whole object. Default false. */
  readonly wantsChecksum?: boolean
}

export interface OpenObject {
  /** Of the whole object, also when a range was asked for. */
  readonly facts: ObjectFacts
  /** Bytes that `body` gives; it throws when they are fewer. */
  readonly bodyBytes: number
  /** Iterated once; chunks are lent. @throws GatewayError 'unavailable' when it ends early, 'aborted'. */
  readonly body: AsyncIterable<Uint8Array>
  /** Ends the request, at any time. */
  close(): void
}

export interface CopySource {
  readonly key: string
  /** An ETag without quotes that the source must still have. */
  readonly ifMatch?: string | null
}

export interface CopyOptions extends CallOptions, ObjectSettings, Conditions {
  /** False: metadata and content type are the source's. True: they are those given. */
  readonly replacesMetadata?: boolean
}

export interface UploadAddress {
  readonly key: string
  readonly uploadId: string
}

export interface PartAddress extends UploadAddress {
  /** From 1. */
  readonly number: number
}

export interface UploadedPart {
  readonly number: number
  readonly etag: string
  readonly checksum: bigint | null
}

export interface ListedPart extends UploadedPart {
  readonly bytes: number
}

export interface CompleteOptions extends CallOptions, Conditions {
  /** Of the whole object; the store refuses the parts when theirs differs, where it can. */
  readonly checksum?: bigint | null
  readonly bytes?: number
  /** As it was created. */
  readonly declaresChecksum?: boolean
}

export interface ListObjectsOptions extends CallOptions {
  readonly prefix?: string
  /** `/`: one level. Absent: everything below the prefix. */
  readonly delimiter?: string
  /** The `next` of the page before. */
  readonly cursor?: string | null
  /** Keys behind this one, exclusive; only without a cursor. */
  readonly after?: string
  /** 1 to 1000. */
  readonly mostKeys?: number
}

export interface ListedObject {
  readonly key: string
  readonly bytes: number
  readonly modified: Date | null
  readonly etag: string
  readonly storageClass: string | null
}

export interface ObjectPage {
  readonly objects: readonly ListedObject[]
  readonly prefixes: readonly string[]
  /** Opaque; null on the last page. */
  readonly next: string | null
}

export interface UnfinishedUpload extends UploadAddress {
  readonly begun: Date | null
}

export interface UploadMarker {
  readonly key: string
  readonly uploadId: string
}

export interface UploadPage {
  readonly uploads: readonly UnfinishedUpload[]
  readonly next: UploadMarker | null
}
