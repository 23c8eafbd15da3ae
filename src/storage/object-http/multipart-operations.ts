import { isGatewayError } from '../../core/errors.ts'
import {
  algorithmHeaders,
  checkHeaders,
  checksumElement,
  checksumIn,
  checksumInXml,
  type BodyChecks,
} from './checksums.ts'
import { bareEtag, countOf, storedOf } from './object-facts.ts'
import { conditionHeaders, customerKeyHeaders, encryptionHeaders, settingsHeaders } from './object-headers.ts'
import {
  absentOr,
  contentRequest,
  copySourceHeaders,
  parsed,
  signalOf,
  slowAnswerMilliseconds,
  type Body,
  type OperationContext,
} from './object-operations.ts'
import type {
  CallOptions,
  CompleteOptions,
  CopySource,
  ListedPart,
  ObjectSettings,
  PartAddress,
  Stored,
  UploadAddress,
  UploadedPart,
} from './object-types.ts'
import { toStorageError } from './errors.ts'
import { required } from './requests/store-requests.ts'
import { childrenOf, childText, type XmlElement } from './xml/xml.ts'
import { s3Namespace, writeXml, type XmlNode } from './xml/xml-writer.ts'

/** Operations on uploads that come in parts. All throw GatewayError with the store's error as its cause. */
export interface MultipartOperations {
  /** Returns the upload's id. */
  createMultipartUpload(key: string, options?: CreateOptions): Promise<string>
  /** @throws 'not-found' when the upload is gone, 'corrupted' for other bytes than the checks say. */
  uploadPart(part: PartAddress, body: Body, options?: CallOptions & BodyChecks): Promise<UploadedPart>
  /** A part made of a range inside the store; without a range, of the whole source. @throws 'not-found', 'conflict'. */
  uploadPartCopy(part: PartAddress, source: RangeSource, options?: CallOptions): Promise<UploadedPart>
  /**
   * @param parts in ascending order of their numbers.
   * @throws 'not-found' when the upload is gone (it may have been completed: look), 'already-exists' for `ifAbsent`,
   *   'corrupted' for another checksum.
   */
  completeMultipartUpload(
    upload: UploadAddress,
    parts: readonly UploadedPart[],
    options?: CompleteOptions,
  ): Promise<Stored>
  /** An upload that is gone is no error. */
  abortMultipartUpload(upload: UploadAddress, options?: CallOptions): Promise<void>
  /** One page, in order of the numbers. @throws 'not-found' when the upload is gone. */
  listParts(upload: UploadAddress, options?: CallOptions & { readonly after?: number }): Promise<PartPage>
}

export interface CreateOptions extends CallOptions, ObjectSettings {
  /**
   * False: the store is not told what the whole object will be checked by, and gets no checksums when it is completed. For
   * uploads with copied parts where the dialect's `copiedPartChecksums` is false. Default true.
   */
  readonly declaresChecksum?: boolean
}

export interface RangeSource extends CopySource {
  /** First byte, and behind the last one. */
  readonly range?: { readonly start: number; readonly end: number }
}

export interface PartPage {
  readonly parts: readonly ListedPart[]
  /** For `after`; null on the last page. */
  readonly next: number | null
}

export function multipartOperations(context: OperationContext): MultipartOperations {
  const { dialect, requests, encryption } = context
  const address = ({ uploadId, number }: PartAddress) => ({ partNumber: String(number), uploadId })

  async function createMultipartUpload(key: string, options: CreateOptions = {}): Promise<string> {
    const headers = {
      ...settingsHeaders(dialect, options),
      ...encryptionHeaders(dialect, encryption),
      ...(options.declaresChecksum !== false && algorithmHeaders(dialect.checksum)),
    }
    const call = { operation: 'CreateMultipartUpload', method: 'POST', key, query: { uploads: '' }, headers } as const
    const { text } = await requests.sendForText({ ...call, isIdempotent: false, ...signalOf(options) })
    return required(childText(parsed(text), 'UploadId'), 'upload id')
  }

  async function uploadPart(
    part: PartAddress,
    body: Body,
    options: CallOptions & BodyChecks = {},
  ): Promise<UploadedPart> {
    const headers = { ...customerKeyHeaders(dialect, encryption), ...checkHeaders(dialect.checksum, options) }
    const call = { operation: 'UploadPart', method: 'PUT', key: part.key, query: address(part), headers, body } as const
    const answer = await requests.sendForText({ ...call, ...contentRequest(context, body), ...signalOf(options) })
    const etag = required(bareEtag(answer.headers['etag'] ?? ''), 'ETag')
    return { number: part.number, etag, checksum: checksumIn(dialect.checksum, answer.headers) }
  }

  async function uploadPartCopy(
    part: PartAddress,
    source: RangeSource,
    options: CallOptions = {},
  ): Promise<UploadedPart> {
    const { range } = source
    const headers = {
      ...customerKeyHeaders(dialect, encryption),
      ...copySourceHeaders(context, source),
      ...(range && { [`${dialect.headerPrefix}copy-source-range`]: `bytes=${range.start}-${range.end - 1}` }),
    }
    const call = { operation: 'UploadPartCopy', method: 'PUT', key: part.key, query: address(part), headers } as const
    const patience = { firstByteMilliseconds: slowAnswerMilliseconds }
    const answer = await requests.sendForText({ ...call, ...patience, ...signalOf(options) })
    const result = parsed(answer.text)
    const etag = required(bareEtag(childText(result, 'ETag')), 'ETag')
    if (!dialect.copiedPartChecksums) return { number: part.number, etag, checksum: null }
    const told = checksumInXml(dialect.checksum, (name) => childText(result, name))
    return { number: part.number, etag, checksum: told ?? checksumIn(dialect.checksum, answer.headers) }
  }

  async function completeMultipartUpload(
    { key, uploadId }: UploadAddress,
    parts: readonly UploadedPart[],
    options: CompleteOptions = {},
  ): Promise<Stored> {
    const { checksum = null, bytes, declaresChecksum = true } = options
    const isChecked =
      declaresChecksum && checksum !== null && dialect.checksum !== 'crc64xz' && dialect.checksum !== null
    const headers = {
      ...conditionHeaders(dialect, options),
      ...customerKeyHeaders(dialect, encryption),
      ...(isChecked && { ...checkHeaders(dialect.checksum, options), 'x-amz-checksum-type': 'FULL_OBJECT' }),
      ...(isChecked && bytes !== undefined && { 'x-amz-mp-object-size': String(bytes) }),
    }
    const body = [
      writeXml(['CompleteMultipartUpload', parts.map((part) => partElement(part, declaresChecksum))], s3Namespace),
    ]
    const call = {
      operation: 'CompleteMultipartUpload',
      method: 'POST',
      key,
      query: { uploadId },
      headers,
      body,
    } as const
    const answer = await absentOr(options, () =>
      requests.sendForText({
        ...call,
        signsBody: true,
        isIdempotent: false,
        firstByteMilliseconds: slowAnswerMilliseconds,
        ...signalOf(options),
      }),
    )
    const result = parsed(answer.text)
    const stored = storedOf(dialect, answer.headers)
    const told = checksumInXml(dialect.checksum, (name) => childText(result, name))
    return { ...stored, etag: required(bareEtag(childText(result, 'ETag')), 'ETag'), checksum: told ?? stored.checksum }
  }

  function partElement({ number, etag, checksum }: UploadedPart, declaresChecksum: boolean): XmlNode {
    const check = declaresChecksum ? checksumElement(dialect.checksum, checksum) : null
    const inside: readonly XmlNode[] = [
      ['PartNumber', String(number)],
      ['ETag', `"${etag}"`],
      ...(check ? [check] : []),
    ]
    return ['Part', inside]
  }

  async function abortMultipartUpload({ key, uploadId }: UploadAddress, options: CallOptions = {}): Promise<void> {
    const call = { operation: 'AbortMultipartUpload', method: 'DELETE', key, query: { uploadId } } as const
    try {
      await requests.sendForText({ ...call, ...signalOf(options) })
    } catch (error) {
      if (!isGatewayError(error, 'not-found')) throw error
    }
  }

  async function listParts(
    { key, uploadId }: UploadAddress,
    options: CallOptions & { readonly after?: number } = {},
  ): Promise<PartPage> {
    const { after = 0 } = options
    const query = { uploadId, ...(after > 0 && { 'part-number-marker': String(after) }) }
    const { text } = await requests.sendForText({
      operation: 'ListParts',
      method: 'GET',
      key,
      query,
      ...signalOf(options),
    })
    const result = parsed(text)
    const parts = childrenOf(result, 'Part').map(listedPart)
    if (childText(result, 'IsTruncated') !== 'true') return { parts, next: null }
    const next = childText(result, 'NextPartNumberMarker') || String(parts.at(-1)?.number ?? '')
    return { parts, next: Number(required(next, 'next part')) }
  }

  function listedPart(part: XmlElement): ListedPart {
    try {
      return {
        number: countOf(childText(part, 'PartNumber')),
        bytes: countOf(childText(part, 'Size')),
        etag: bareEtag(childText(part, 'ETag')),
        checksum: checksumInXml(dialect.checksum, (name) => childText(part, name)),
      }
    } catch (error) {
      throw toStorageError(error)
    }
  }

  return {
    createMultipartUpload,
    uploadPart,
    uploadPartCopy,
    completeMultipartUpload,
    abortMultipartUpload,
    listParts,
  }
}
