import type { VirtualPath } from '../core/paths.ts'

/** Each a right of its own; none can be had by way of another. */
export const permissions = [
  'list',
  'read',
  'write',
  'overwrite',
  'append',
  'delete',
  'rename',
  'makeDirectory',
] as const

export type Permission = (typeof permissions)[number]

/** What becomes of an upload that did not end properly. */
export type IncompleteUploads = 'discard' | 'resume' | 'publish'

/** Someone who may log in, as a frozen value: what the configuration (or a database, later) says of them. */
export interface Account {
  readonly name: string
  /** A PHC string (argon2id, scrypt) or a bcrypt hash; null for `anonymous`, where every password is right. */
  readonly passwordHash: string | null
  readonly enabled: boolean
  readonly permissions: ReadonlySet<Permission>
  readonly mounts: readonly MountOptions[]
  /** Where a login begins. */
  readonly home: VirtualPath
  readonly incompleteUploads: IncompleteUploads
  /** Names of uploads that will be renamed to what stands for the `*`, where that saves a copy. */
  readonly temporaryNames: readonly string[]
  /** How many of them may wait for that at once, in one storage. */
  readonly mostWaiting: number
  /** Largest single file, in bytes. */
  readonly maxFileBytes: number | null
  /** Bytes that may be stored in all, below the account's mounts. */
  readonly quotaBytes: number | null
  /** Bytes a second for all sessions together, each way. */
  readonly bandwidth: { readonly upload: number | null; readonly download: number | null }
  /** Sessions at once; null: the general limit. */
  readonly sessions: number | null
  /** From this moment the account cannot log in. */
  readonly expires: Date | null
  /** CIDR blocks that may log in; empty: all. */
  readonly allowedNetworks: readonly string[]
  readonly requireTls: boolean
  /** What TYPE A does: text conversion, or nothing. */
  readonly ascii: 'convert' | 'binary'
  /** The character set of names until the client says OPTS UTF8 ON; null: UTF-8 from the start. */
  readonly charset: string | null
  /** Whether a TLS upload that ends without close_notify is cut ('strict') or presumed whole; null: as the listener says. */
  readonly uploadEnd: 'strict' | 'tolerant' | null
  /** STOR, APPE and MKD make missing parent folders. */
  readonly makeParents: boolean
  /** A backslash in a name stands for a slash (old Windows devices). */
  readonly backslashIsSlash: boolean
}

export interface MountOptions {
  /** Where it appears in the account's tree. */
  readonly path: VirtualPath
  /** A name under `storages`. */
  readonly storage: string
  /** The part of the storage that is seen; empty: all of it. */
  readonly prefix: string
  readonly readOnly: boolean
}
