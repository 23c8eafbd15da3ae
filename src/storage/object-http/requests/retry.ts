import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import type { StoreError } from '../errors.ts'
import type { Pause } from './brake.ts'

/**
 * What an error asks for: wait for the whole store, try again, send the same bytes once more, correct our clock, new
 * credentials, or give up.
 */
export type RetryClass = 'throttled' | 'transient' | 'damaged' | 'skewed' | 'expired' | 'final'

const byWord: Readonly<Record<string, RetryClass>> = {
  SlowDown: 'throttled',
  SlowDownRead: 'throttled',
  SlowDownWrite: 'throttled',
  ServiceUnavailable: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  TooManyRequests: 'throttled',
  RequestLimitExceeded: 'throttled',
  BandwidthLimitExceeded: 'throttled',
  XMinioServerNotInitialized: 'transient',
  RequestTimeTooSkewed: 'skewed',
  RequestIsNotYetValid: 'skewed',
  ExpiredToken: 'expired',
  ExpiredTokenException: 'expired',
  TokenRefreshRequired: 'expired',
  InternalError: 'transient',
  RequestTimeout: 'transient',
  IncompleteBody: 'transient',
  OperationAborted: 'transient',
  ConditionalRequestConflict: 'transient',
  // The bytes were changed on the way: sent again they arrive, or the caller learns it.
  BadDigest: 'damaged',
  XAmzContentChecksumMismatch: 'damaged',
  XAmzContentSHA256Mismatch: 'damaged',
  QuotaExceeded: 'final',
  InsufficientStorage: 'final',
  XMinioStorageFull: 'final',
}

const retriedStatuses = new Set([408, 500, 502, 504])

/** By the store's word, else by its status. No answer at all is worth another try. */
export function retryClassOf({ code, status, message }: Pick<StoreError, 'code' | 'status' | 'message'>): RetryClass {
  const word = Object.hasOwn(byWord, code) ? byWord[code] : undefined
  if (word !== undefined) return word
  // COS has no word of its own for a signature that is too old.
  if (code === 'AccessDenied' && /request has expired/i.test(message)) return 'skewed'
  if (status === 503 || status === 429) return 'throttled'
  if (status === null || status < 300 || retriedStatuses.has(status)) return 'transient'
  return 'final'
}

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly attempts: number
  /** The first wait is up to this, each further one up to twice the one before. */
  readonly firstDelayMilliseconds: number
  readonly mostDelayMilliseconds: number
  /** After this time no further try begins. */
  readonly totalMilliseconds: number
}

export const defaultRetries: RetryOptions = {
  attempts: 6,
  firstDelayMilliseconds: 100,
  mostDelayMilliseconds: 10_000,
  totalMilliseconds: 90_000,
}

/**
 * How long to wait before the next try: anything between half the step and the step, so that many who failed together do
 * not come back together; at least what the store asked for.
 * @param tries how many have failed, from 1.
 */
export function delayAfter(tries: number, asked: number | null, options: RetryOptions & Pick<Pause, 'random'>): number {
  const step = Math.min(options.mostDelayMilliseconds, options.firstDelayMilliseconds * 2 ** (tries - 1))
  return Math.max(step * (0.5 + options.random() / 2), Math.min(asked ?? 0, options.totalMilliseconds))
}

/** The value of Retry-After in milliseconds, given in seconds or as a date; null when it is neither. RFC 9110 §10.2.3. */
export function retryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : Math.max(0, at - now.getTime())
}

/** @throws GatewayError 'aborted'. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  refuseWhenAborted(signal)
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      if (signal) reject(abortedError(signal))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
