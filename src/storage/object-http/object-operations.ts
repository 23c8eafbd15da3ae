import { isGatewayError } from '../../core/errors.ts'
import type { BucketAddress } from './addressing.ts'
import { checkHeaders } from './checksums.ts'
import type { Dialect } from './dialects.ts'
import { notUnderstood, storeErrorOf, toStorageError } from './errors.ts'
import type { HttpResponse } from './http/http-types.ts'
import { bareEtag, countOf, factsOf, storedOf } from './object-facts.ts'
import { conditionHeaders, customerKeyHeaders, encryptionHeaders, settingsHeaders } from './object-headers.ts'
import type {
  CallOptions,
  Conditions,
  CopyOptions,
  CopySource,
  Encryption,
  GetOptions,
  ObjectFacts,
  OpenObject,
  PutOptions,
  Stored,
} from './object-types.ts'
import type { StoreRequest, StoreRequests } from './requests/store-requests.ts'
import { encodeKey } from './signing/uri-encoding.ts'
import { childText, parseXml } from './xml/xml.ts'
import { writeXml } from './xml/xml-writer.ts'
import { refusal } from '../refusal.ts'

/** What the operations share. */
export interface OperationContext {
  readonly dialect: Dialect
  readonly bucket: string
  readonly address: BucketAddress
  readonly requests: StoreRequests
  readonly encryption: Encryption | null
  /** Bodies from this size on wait for the store's "go on" before they leave; null: none does. */
  readonly expectContinueBytes: number | null
}

export type Body = readonly Uint8Array[]

/** Operations on one object. All throw GatewayError with the store's error as its cause. */
export interface ObjectOperations {
  /** @throws 'already-exists' for `ifAbsent`, 'conflict' for `ifMatch`, 'corrupted' for other bytes than the checks say. */
  putObject(key: string, body: Body, options?: PutOptions): Promise<Stored>
  /** @throws 'not-found', 'conflict' for `ifMatch`, 'invalid-restart' for a start beyond the end. */
  getObject(key: string, options?: GetOptions): Promise<OpenObject>
  /** Null when there is none. A missing bucket looks alike: HEAD has no words. */
  headObject(key: string, options?: CallOptions): Promise<ObjectFacts | null>
  /** What is not there is no error. */
  deleteObject(key: string, options?: DeleteOptions): Promise<void>
  /** Up to the dialect's `mostPutBytes`. @throws as putObject; 'not-found', 'conflict' for the source. */
  copyObject(source: CopySource, key: string, options?: CopyOptions): Promise<Stored>
  /**
   * COS buckets with metadata acceleration: moves an object, or a directory with all below it, at once.
   * @throws 'not-found', 'already-exists' or 'conflict' when something is in the way.
   */
  renameObject(from: string, to: string, options?: CallOptions): Promise<void>
  /** Asks for an archived object to be readable for a while. @throws 'conflict' when that was asked before. */
  restoreObject(key: string, options: RestoreOptions): Promise<void>
}

export interface DeleteOptions extends CallOptions {
  readonly versionId?: string | null
  /** Where the store can compare (the dialect's `ifMatch`), only this one is deleted; else it is not looked at. */
  readonly ifMatch?: string | null
}

export interface RestoreOptions extends CallOptions {
  readonly days: number
  readonly tier: 'Expedited' | 'Standard' | 'Bulk'
}

/** Long answers: the store copies or joins before it says a word. */
export const slowAnswerMilliseconds = 300_000

export function objectOperations(context: OperationContext): ObjectOperations {
  const { dialect, requests, encryption } = context
  /** COS tells it always. */
  const tellsIfAsked = dialect.checksum !== null && dialect.checksum !== 'crc64xz'

  async function putObject(key: string, body: Body, options: PutOptions = {}): Promise<Stored> {
    const headers = {
      ...settingsHeaders(dialect, options),
      ...encryptionHeaders(dialect, encryption),
      ...conditionHeaders(dialect, options),
      ...checkHeaders(dialect.checksum, options),
    }
    const isConditional = options.ifAbsent === true || (options.ifMatch ?? null) !== null
    const request = { operation: 'PutObject', method: 'PUT', key, headers, body, isIdempotent: !isConditional } as const
    const answer = await absentOr(options, () =>
      requests.sendForText({ ...request, ...contentRequest(context, body), ...signalOf(options) }),
    )
    return requireEtag(storedOf(dialect, answer.headers))
  }

  async function getObject(key: string, options: GetOptions = {}): Promise<OpenObject> {
    const range = rangeHeader(options)
    const { ifMatch = null } = options
    const headers = {
      ...customerKeyHeaders(dialect, encryption),
      ...range,
      ...(ifMatch !== null && { 'if-match': `"${ifMatch}"` }),
      ...(options.wantsChecksum === true && tellsIfAsked && { 'x-amz-checksum-mode': 'ENABLED' }),
    }
    const request: StoreRequest = {
      operation: 'GetObject',
      method: 'GET',
      key,
      headers,
      ...signalOf(options),
    }
    const response = await requests.send(request)
    return understood(() => openObject(dialect, response, options), response)
  }

  async function headObject(key: string, options: CallOptions = {}): Promise<ObjectFacts | null> {
    const headers = {
      ...customerKeyHeaders(dialect, encryption),
      ...(tellsIfAsked && { 'x-amz-checksum-mode': 'ENABLED' }),
    }
    try {
      const request: StoreRequest = { operation: 'HeadObject', method: 'HEAD', key, headers, ...signalOf(options) }
      const response = await requests.send(request)
      response.close()
      const facts = understood(() => factsOf(dialect, response.headers), response)
      // Directories of COS buckets with metadata acceleration are no objects.
      return key.endsWith('/') ? facts : requireEtag(facts)
    } catch (error) {
      if (isGatewayError(error, 'not-found')) return null
      throw error
    }
  }

  async function deleteObject(key: string, options: DeleteOptions = {}): Promise<void> {
    const { versionId = null, ifMatch = null } = options
    try {
      await requests.sendForText({
        operation: 'DeleteObject',
        method: 'DELETE',
        key,
        ...(versionId !== null && { query: { versionId } }),
        ...(ifMatch !== null && dialect.ifMatch && { headers: { 'if-match': `"${ifMatch}"` } }),
        ...signalOf(options),
      })
    } catch (error) {
      // Stores differ, and a delete whose answer was lost finds nothing the second time.
      if (!isGatewayError(error, 'not-found')) throw error
    }
  }

  async function copyObject(source: CopySource, key: string, options: CopyOptions = {}): Promise<Stored> {
    const { replacesMetadata = false } = options
    const { contentType: _, metadata: __, ...kept } = options
    const replace = dialect.name === 'cos' ? 'Replaced' : 'REPLACE'
    const copy = dialect.name === 'cos' ? 'Copy' : 'COPY'
    const headers = {
      ...settingsHeaders(dialect, replacesMetadata ? options : kept),
      ...encryptionHeaders(dialect, encryption),
      ...conditionHeaders(dialect, options),
      ...copySourceHeaders(context, source),
      [`${dialect.headerPrefix}metadata-directive`]: replacesMetadata ? replace : copy,
    }
    const request = { operation: 'CopyObject', method: 'PUT', key, headers } as const
    const answer = await absentOr(options, () =>
      requests.sendForText({ ...request, firstByteMilliseconds: slowAnswerMilliseconds, ...signalOf(options) }),
    )
    const result = parsed(answer.text)
    return { ...storedOf(dialect, answer.headers), etag: bareEtag(childText(result, 'ETag')) }
  }

  async function renameObject(from: string, to: string, options: CallOptions = {}): Promise<void> {
    const headers = { 'x-cos-rename-source': `/${encodeKey(from)}` }
    const query = { rename: '' }
    const call = { operation: 'RenameObject', method: 'PUT', key: to, query, headers, isIdempotent: false } as const
    await requests.sendForText({ ...call, firstByteMilliseconds: slowAnswerMilliseconds, ...signalOf(options) })
  }

  async function restoreObject(key: string, { days, tier, ...options }: RestoreOptions): Promise<void> {
    const job = [dialect.name === 'cos' ? 'CASJobParameters' : 'GlacierJobParameters', [['Tier', tier]]] as const
    const body = [writeXml(['RestoreRequest', [['Days', String(days)], job]])]
    const query = { restore: '' }
    const call = { operation: 'RestoreObject', method: 'POST', key, query, body, signsBody: true } as const
    await requests.sendForText({ ...call, ...signalOf(options) })
  }

  return { putObject, getObject, headObject, deleteObject, copyObject, renameObject, restoreObject }
}

export function signalOf({ signal }: CallOptions): { readonly signal?: AbortSignal | undefined } {
  return { signal }
}

/** How content travels. */
export function contentRequest(
  { expectContinueBytes }: OperationContext,
  body: Body,
): Pick<StoreRequest, 'expectContinue'> {
  const bytes = body.reduce((sum, piece) => sum + piece.length, 0)
  return expectContinueBytes !== null && bytes >= expectContinueBytes ? { expectContinue: true } : {}
}

/** Where content is copied from. COS wants the host in front, S3 the bucket; both the key encoded once. */
export function copySourceHeaders(
  context: OperationContext,
  { key, ifMatch = null }: CopySource,
): Record<string, string> {
  const { dialect, bucket, address, encryption } = context
  const isBound = ifMatch !== null && (dialect.copyIfMatchOfParts || !ifMatch.includes('-'))
  const from = dialect.name === 'cos' ? `${address.host}/${encodeKey(key)}` : `/${bucket}/${encodeKey(key)}`
  return {
    [`${dialect.headerPrefix}copy-source`]: from,
    ...(isBound && { [`${dialect.headerPrefix}copy-source-if-match`]: `"${ifMatch}"` }),
    ...customerKeyHeaders(dialect, encryption, 'copy-source-'),
  }
}

/** For calls that must replace nothing, the store's "condition failed" means that something is there. */
export async function absentOr<T>({ ifAbsent = false }: Conditions, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const cause = storeErrorOf(error)
    const isTaken = cause?.status === 412 || cause?.code === 'FileAlreadyExists' || cause?.code === 'PreconditionFailed'
    if (!ifAbsent || !isTaken) throw error
    throw refusal('already-exists', cause)
  }
}

/** @throws GatewayError 'unavailable' when it is no XML. */
export function parsed(text: string): ReturnType<typeof parseXml> {
  try {
    return parseXml(text)
  } catch (error) {
    throw toStorageError(error)
  }
}

/**
 * Every store names the object that it has taken or gives. An answer that does not is somebody else's on the way, whatever its
 * status: a proxy's page would be taken for a file, and a file for an empty one. @throws GatewayError 'unavailable'.
 */
function requireEtag<T extends Stored>(facts: T): T {
  if (facts.etag === '') throw toStorageError(notUnderstood('The answer names no ETag.'))
  return facts
}

function understood<T>(read: () => T, response: HttpResponse): T {
  try {
    return read()
  } catch (error) {
    response.close()
    throw toStorageError(error)
  }
}

function rangeHeader({ start = 0, end = null }: GetOptions): Record<string, string> {
  if (start === 0 && end === null) return {}
  return { range: `bytes=${start}-${end === null ? '' : end - 1}` }
}

/** Checks that the answer is what was asked for: a store that ignores Range would give a file with a wrong beginning. */
function openObject(dialect: Dialect, response: HttpResponse, { start = 0, end = null }: GetOptions): OpenObject {
  const { headers, status } = response
  const facts = requireEtag(factsOf(dialect, headers))
  const bodyBytes = countOf(headers['content-length'] ?? '')
  const from = status === 206 ? Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1]) : 0
  const expected = Math.min(end ?? facts.bytes, facts.bytes) - start
  if (from !== start || bodyBytes !== expected) throw notUnderstood('The store answered with another range.')
  return { facts, bodyBytes, body: exactly(response, bodyBytes), close: () => response.close() }
}

async function* exactly(response: HttpResponse, bodyBytes: number): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  try {
    for await (const chunk of response.body) {
      bytes += chunk.length
      yield chunk
    }
    if (bytes !== bodyBytes) throw notUnderstood('The answer has another length than it said.')
  } catch (error) {
    throw toStorageError(error)
  } finally {
    response.close()
  }
}
