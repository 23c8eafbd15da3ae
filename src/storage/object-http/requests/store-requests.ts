import { createHash } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { GatewayError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/logger.ts'
import type { BucketAddress } from '../addressing.ts'
import type { CredentialSource } from '../credentials/credential-source.ts'
import { notUnderstood, StoreError, toStorageError } from '../errors.ts'
import type { HttpClient } from '../http/http-client.ts'
import type { HttpResponse } from '../http/http-types.ts'
import type { Signer } from '../signing/signer.ts'
import { emptyHash } from '../signing/sigv4.ts'
import { encodeQuery, type Query } from '../signing/uri-encoding.ts'
import { brake, type Brake, type Pause } from './brake.ts'
import { storeErrorFrom, throwIfErrorBody } from './error-of-response.ts'
import { delayAfter, retryClassOf, type RetryOptions } from './retry.ts'
import type { SwitchedAddresses } from './switched-addresses.ts'

/** One call to the store, before it is signed. */
export interface StoreRequest {
  /** The store's own name of it, for the log: `PutObject`. */
  readonly operation: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Absent: the bucket itself. */
  readonly key?: string
  readonly query?: Query
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: readonly Uint8Array[]
  /** Small bodies of our own making are hashed and signed; object content is not, unless configured. */
  readonly signsBody?: boolean
  readonly expectContinue?: boolean
  /** False: not sent again unasked on a connection that was stale. */
  readonly isIdempotent?: boolean
  readonly firstByteMilliseconds?: number
  readonly signal?: AbortSignal | undefined
}

export interface StoreRequests {
  /** The answer, whose body the caller reads or closes. @throws GatewayError with a StoreError as its cause. */
  send(request: StoreRequest): Promise<HttpResponse>
  /**
   * The answer's whole text. An error in a body that came with status 200 is an error; both are tried again alike.
   * @throws as `send` does.
   */
  sendForText(request: StoreRequest): Promise<TextAnswer>
}

export interface TextAnswer {
  readonly headers: HttpResponse['headers']
  readonly text: string
}

export interface StoreRequestsOptions {
  readonly addresses: SwitchedAddresses
  readonly http: HttpClient
  readonly sign: Signer
  readonly credentials: CredentialSource
  readonly clock: Clock
  readonly pause: Pause
  readonly retries: RetryOptions
  readonly logger: Logger
  /** Whether object content is hashed and signed too: costs as much CPU as sending it. */
  readonly signsContent: boolean
  readonly userAgent: string
}

/** Longer than the longest listing page with the longest keys, encoded. */
const mostTextBytes = 16 * 1024 * 1024

/** Bytes that arrive damaged three times are not damaged by chance. */
const mostResends = 2

export function storeRequests(options: StoreRequestsOptions): StoreRequests {
  const shared = brake(options.pause.now)
  const skew = { milliseconds: 0 }

  const send = (request: StoreRequest) => withRetries({ request, options, brake: shared, skew }, (response) => response)

  const sendForText = (request: StoreRequest) =>
    withRetries({ request, options, brake: shared, skew }, async (response) => {
      const text = await response.text(mostTextBytes)
      throwIfErrorBody(text, response, request.operation)
      return { headers: response.headers, text }
    })

  return { send, sendForText }
}

interface Attempts {
  readonly request: StoreRequest
  readonly options: StoreRequestsOptions
  readonly brake: Brake
  /** How far the store's clock is ahead of ours; learnt from its answers. */
  readonly skew: { milliseconds: number }
}

async function withRetries<T>(call: Attempts, read: (response: HttpResponse) => T | Promise<T>): Promise<T> {
  const { pause, retries, logger } = call.options
  const { operation, signal } = call.request
  const startedAt = pause.now()
  const corrected = new Set<string>()
  for (let tries = 1; ; tries++) {
    const at = call.options.addresses.current()
    try {
      await takeTurn(call, startedAt)
      const result = await read(await attempt(call, at))
      call.brake.succeeded()
      return result
    } catch (error) {
      if (!(error instanceof StoreError)) throw toStorageError(error)
      const isElsewhere = call.options.addresses.failed(at, error)
      const wait = waitBefore(error, { call, tries, corrected, isElsewhere })
      const isLate = wait !== null && pause.now() - startedAt + wait > retries.totalMilliseconds
      logger.debug('A store request failed.', {
        ...factsOf(error),
        operation,
        tries,
        willRetry: wait !== null && !isLate,
      })
      if (wait === null || isLate) throw toStorageError(error)
      await pause.sleep(wait, signal)
    }
  }
}

async function takeTurn({ brake, options, request }: Attempts, startedAt: number): Promise<void> {
  const wait = brake.turn()
  if (wait === 0) return
  const { pause, retries } = options
  if (pause.now() - startedAt + wait > retries.totalMilliseconds) {
    throw new GatewayError('unavailable', 'The storage is not available now, try again later.')
  }
  await pause.sleep(wait, request.signal)
}

interface Failure {
  readonly call: Attempts
  readonly tries: number
  /** What was already set right once for this request. */
  readonly corrected: Set<string>
  /** The next try goes to another address. */
  readonly isElsewhere: boolean
}

/** Milliseconds until the next try; null: there is none. Skew and credentials are set right once, and then tried at once. */
function waitBefore(error: StoreError, { call, tries, corrected, isElsewhere }: Failure): number | null {
  const { retries, pause, credentials, clock } = call.options
  const kind = retryClassOf(error)
  if (kind === 'throttled') call.brake.slowDown()
  if ((kind === 'final' && !isElsewhere) || tries >= retries.attempts) return null
  if (kind === 'damaged' && tries > mostResends) return null
  if (kind === 'skewed' || kind === 'expired') {
    if (corrected.has(kind)) return null
    corrected.add(kind)
    if (kind === 'expired') return credentials.renew() ? 0 : null
    if (error.date === null) return null
    call.skew.milliseconds = error.date.getTime() - clock.now().getTime()
    return 0
  }
  return delayAfter(tries, error.retryAfterMilliseconds, { ...retries, random: pause.random })
}

/** Signed anew each time: a signature ages while a request waits. */
async function attempt({ request, options, skew }: Attempts, address: BucketAddress): Promise<HttpResponse> {
  const { clock } = options
  const { method, query = {}, body = [], signal } = request
  const credentials = await options.credentials.get(signal)
  const path = address.path(request.key)
  const headers = options.sign(
    {
      method,
      path,
      query,
      headers: headersOf(request, address, options),
      bodyHash: bodyHash(request, options.signsContent),
    },
    credentials,
    new Date(clock.now().getTime() + skew.milliseconds),
  )
  const text = encodeQuery(query)
  const response = await options.http.send({
    origin: address.origin,
    method,
    target: text === '' ? path : `${path}?${text}`,
    headers,
    body,
    ...(request.expectContinue !== undefined && { expectContinue: request.expectContinue }),
    ...(request.isIdempotent !== undefined && { isIdempotent: request.isIdempotent }),
    ...(request.firstByteMilliseconds !== undefined && { firstByteMilliseconds: request.firstByteMilliseconds }),
    signal,
  })
  if (response.status >= 200 && response.status < 300) return response
  throw await storeErrorFrom(response, request.operation, clock.now())
}

function headersOf(
  { headers = {}, body = [], method }: StoreRequest,
  address: BucketAddress,
  { userAgent }: StoreRequestsOptions,
) {
  const bytes = body.reduce((sum, piece) => sum + piece.length, 0)
  const hasBody = bytes > 0 || method === 'PUT' || method === 'POST'
  return {
    host: address.host,
    'user-agent': userAgent,
    ...(hasBody && { 'content-length': String(bytes) }),
    ...headers,
  }
}

function bodyHash({ body = [], signsBody = false }: StoreRequest, signsContent: boolean): string | null {
  if (body.every((piece) => piece.length === 0)) return emptyHash
  if (!signsBody && !signsContent) return null
  const hash = createHash('sha256')
  for (const piece of body) hash.update(piece)
  return hash.digest('hex')
}

function factsOf({ code, status, requestId, message }: StoreError) {
  return { code, status, requestId, message }
}

/** An answer that has to name something. @throws GatewayError 'unavailable'. */
export function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw toStorageError(notUnderstood(`The answer has no ${name}.`))
  return value
}
