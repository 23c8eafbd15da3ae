import { GatewayError, type ErrorCode } from '../../core/errors.ts'
import { refusalSentences } from '../refusal.ts'

/** What a connection to a store can do to us; the other codes are the store's own words. */
export type TransportCode =
  | 'ConnectFailed'
  | 'ConnectTimeout'
  | 'FirstByteTimeout'
  | 'NoProgress'
  | 'ConnectionLost'
  | 'StaleConnection'
  | 'EarlyEnd'
  | 'NotUnderstood'

export interface StoreErrorFacts {
  /** The store's own word, or one of TransportCode. */
  readonly code: string
  /** HTTP status of the answer; null when there was none. */
  readonly status: number | null
  /** What the store's people ask for; null when it gave none. */
  readonly requestId?: string | null
  readonly operation?: string
  /** How long the store asks us to wait. */
  readonly retryAfterMilliseconds?: number | null
  /** The store's own time of the answer. */
  readonly date?: Date | null
}

/** What a store, or the way to it, said. Never crosses the layer but as a GatewayError's cause: it names keys and hosts. */
export class StoreError extends Error implements StoreErrorFacts {
  readonly code: string
  readonly status: number | null
  readonly requestId: string | null
  readonly operation: string
  readonly retryAfterMilliseconds: number | null
  readonly date: Date | null

  constructor(message: string, facts: StoreErrorFacts, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'StoreError'
    this.code = facts.code
    this.status = facts.status
    this.requestId = facts.requestId ?? null
    this.operation = facts.operation ?? ''
    this.retryAfterMilliseconds = facts.retryAfterMilliseconds ?? null
    this.date = facts.date ?? null
  }
}

/** What the store said, when it is the reason of this error. */
export function storeErrorOf(error: unknown): StoreError | null {
  if (error instanceof StoreError) return error
  return error instanceof GatewayError && error.cause instanceof StoreError ? error.cause : null
}

/** An answer that cannot be what the store meant: taken for trouble on the way, and tried again. */
export function notUnderstood(message: string, cause?: unknown): StoreError {
  const code: TransportCode = 'NotUnderstood'
  return new StoreError(message, { code, status: null }, { cause })
}

const byWord: Readonly<Record<string, ErrorCode>> = {
  NoSuchKey: 'not-found',
  NoSuchCopySource: 'not-found',
  NoSuchVersion: 'not-found',
  NoSuchUpload: 'not-found',
  NotFound: 'not-found',
  // Not "not found": a client that reads that would believe its files are gone.
  NoSuchBucket: 'permission-denied',
  InvalidBucketName: 'permission-denied',
  NoSuchTagSet: 'not-found',
  AccessDenied: 'permission-denied',
  AllAccessDisabled: 'permission-denied',
  AccountProblem: 'permission-denied',
  InvalidAccessKeyId: 'permission-denied',
  SignatureDoesNotMatch: 'permission-denied',
  InvalidSecurity: 'permission-denied',
  InvalidToken: 'permission-denied',
  PathStyleDomainForbidden: 'permission-denied',
  UserNetworkTooSlow: 'unavailable',
  ExpiredToken: 'unavailable',
  ExpiredTokenException: 'unavailable',
  TokenRefreshRequired: 'unavailable',
  RequestTimeTooSkewed: 'unavailable',
  InvalidObjectState: 'conflict',
  ObjectAlreadyInActiveTierError: 'conflict',
  RestoreAlreadyInProgress: 'conflict',
  PreconditionFailed: 'conflict',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  // versitygw on a file system: the marker of a folder that still holds something.
  ErrDirectoryNotEmpty: 'conflict',
  FileAlreadyExists: 'already-exists',
  ObjectAlreadyExists: 'already-exists',
  EntityTooLarge: 'too-large',
  MaxMessageLengthExceeded: 'too-large',
  QuotaExceeded: 'storage-full',
  XMinioStorageFull: 'storage-full',
  InsufficientStorage: 'storage-full',
  OverQuota: 'storage-full',
  InsufficientCapacity: 'storage-full',
  BadDigest: 'corrupted',
  InvalidDigest: 'corrupted',
  XAmzContentChecksumMismatch: 'corrupted',
  XAmzContentSHA256Mismatch: 'corrupted',
  IncompleteBody: 'unavailable',
  KeyTooLong: 'invalid-path',
  KeyTooLongError: 'invalid-path',
  InvalidObjectName: 'invalid-path',
  InvalidURI: 'invalid-path',
  InvalidRange: 'invalid-restart',
  NotImplemented: 'unsupported',
  MethodNotAllowed: 'unsupported',
}

const byStatus: Readonly<Record<number, ErrorCode>> = {
  301: 'unavailable',
  307: 'unavailable',
  401: 'permission-denied',
  403: 'permission-denied',
  404: 'not-found',
  405: 'unsupported',
  408: 'unavailable',
  409: 'conflict',
  411: 'internal',
  412: 'conflict',
  413: 'too-large',
  416: 'invalid-restart',
  429: 'unavailable',
  501: 'unsupported',
  507: 'storage-full',
}

const sentences: Partial<Record<ErrorCode, string>> = {
  'not-found': refusalSentences['not-found'],
  'permission-denied': 'The storage refuses access.',
  unavailable: 'The storage is not available now, try again later.',
  conflict: 'It was changed by somebody else in the meantime.',
  'already-exists': refusalSentences['already-exists'],
  'too-large': 'It is larger than the storage can hold.',
  'storage-full': 'The storage is full.',
  corrupted: 'The storage holds something else than what was sent.',
  'invalid-path': 'The storage cannot hold that name.',
  'invalid-restart': 'The offset lies beyond the end.',
  unsupported: 'The storage cannot do that.',
  internal: 'Something went wrong on the server.',
}

const archived = 'It lies in the archive: it has to be restored before it can be read.'

/** The error code for what a store said: by its word, else by its status, else by where the status stands. Total. */
export function codeOf({ code, status }: Pick<StoreErrorFacts, 'code' | 'status'>): ErrorCode {
  const word = Object.hasOwn(byWord, code) ? byWord[code] : undefined
  if (word !== undefined) return word
  if (status === null || status < 300) return 'unavailable'
  return byStatus[status] ?? (status >= 500 ? 'unavailable' : 'internal')
}

/** The error that leaves this layer, with the store's as its cause. Ours pass unchanged. */
export function toStorageError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (!(error instanceof StoreError)) {
    return new GatewayError('internal', 'Something went wrong on the server.', { cause: error })
  }
  const code = codeOf(error)
  const sentence = error.code === 'InvalidObjectState' ? archived : sentences[code]
  return new GatewayError(code, sentence ?? 'Something went wrong on the server.', { cause: error })
}
