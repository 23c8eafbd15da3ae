/** What can go wrong, in words that no layer owns. Each edge has one total table from these to its own codes. */
export type ErrorCode =
  | 'not-found'
  | 'already-exists'
  | 'is-directory'
  | 'not-directory'
  | 'directory-not-empty'
  | 'permission-denied'
  | 'invalid-path'
  | 'invalid-restart'
  | 'conflict'
  | 'unsupported'
  | 'quota-exceeded'
  | 'too-large'
  | 'storage-full'
  | 'unavailable'
  | 'corrupted'
  | 'data-connection-refused'
  | 'data-connection-lost'
  | 'session-not-resumed'
  | 'aborted'
  | 'login-denied'
  | 'tls-required'
  | 'too-busy'
  | 'shutting-down'
  | 'internal'

/**
 * The only error that crosses a layer. `message` is one sentence that a client may read: it holds at most the virtual
 * path, never a bucket, key, host, local path or secret. What the system or the store said is kept as `cause`, for the log.
 */
export class GatewayError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, sentence: string, options?: { readonly cause?: unknown }) {
    super(sentence, options)
    this.name = 'GatewayError'
    this.code = code
  }
}

/** Whether the error is one of ours, with one of these codes (any, when none is given). */
export function isGatewayError(error: unknown, ...codes: readonly ErrorCode[]): error is GatewayError {
  return error instanceof GatewayError && (codes.length === 0 || codes.includes(error.code))
}

/** The error itself when it is ours; else an 'internal' one that keeps it as its cause. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('internal', 'Something went wrong on the server.', { cause: error })
}
