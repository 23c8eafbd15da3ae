import { createHash } from 'node:crypto'
import type { GatewayError } from '../../core/errors.ts'
import { codeOf, notUnderstood, StoreError, toStorageError } from './errors.ts'
import { bareEtag, countOf, dateOf } from './object-facts.ts'
import { parsed, signalOf, type ObjectOperations, type OperationContext } from './object-operations.ts'
import type {
  CallOptions,
  ListedObject,
  ListObjectsOptions,
  ObjectPage,
  UnfinishedUpload,
  UploadMarker,
  UploadPage,
} from './object-types.ts'
import { childrenOf, childText, type XmlElement } from './xml/xml.ts'
import { isXmlText, s3Namespace, writeXml, type XmlNode } from './xml/xml-writer.ts'

/** Operations on a bucket. All throw GatewayError with the store's error as its cause. */
export interface ListOperations {
  /** One page, in UTF-8 byte order of the keys. @throws 'unavailable' for an answer that would cut the listing short. */
  listObjects(options?: ListObjectsOptions): Promise<ObjectPage>
  /** One page of the uploads that are not finished, in the order of their keys. */
  listMultipartUploads(options?: ListUploadsOptions): Promise<UploadPage>
  /** Up to 1000. Returns those that are still there, each with its reason; what was not there is no error. */
  deleteObjects(keys: readonly string[], options?: DeleteManyOptions): Promise<readonly FailedKey[]>
  /** @throws 'not-found' when there is no such bucket, 'permission-denied'. */
  headBucket(options?: CallOptions): Promise<BucketFacts>
}

export interface ListUploadsOptions extends CallOptions {
  readonly prefix?: string
  readonly after?: UploadMarker | null
}

export interface DeleteManyOptions extends CallOptions {
  /** ETags that keys must still have, where the store can compare them (the dialect's `multiDeleteIfMatch`). */
  readonly ifMatch?: ReadonlyMap<string, string>
}

export interface FailedKey {
  readonly key: string
  readonly error: GatewayError
}

export interface BucketFacts {
  readonly region: string | null
  /** What the store calls itself; null: nothing. */
  readonly server: string | null
  /** COS: the bucket has real directories, and renames them natively. */
  readonly hasDirectories: boolean
}

export function listOperations(
  context: OperationContext,
  { deleteObject }: Pick<ObjectOperations, 'deleteObject'>,
): ListOperations {
  const { dialect, requests } = context

  async function listObjects(options: ListObjectsOptions = {}): Promise<ObjectPage> {
    const query = listQuery(context, options)
    const { text } = await requests.sendForText({
      operation: 'ListObjects',
      method: 'GET',
      query,
      ...signalOf(options),
    })
    return translated(() => objectPage(parsed(text), dialect.listVersion))
  }

  async function listMultipartUploads(options: ListUploadsOptions = {}): Promise<UploadPage> {
    const { prefix = '', after = null } = options
    const query = {
      uploads: '',
      ...(dialect.urlEncodedLists && { 'encoding-type': 'url' }),
      ...(prefix !== '' && { prefix }),
      ...(after !== null && { 'key-marker': after.key, 'upload-id-marker': after.uploadId }),
    }
    const call = { operation: 'ListMultipartUploads', method: 'GET', query } as const
    const { text } = await requests.sendForText({ ...call, ...signalOf(options) })
    return translated(() => uploadPage(parsed(text)))
  }

  async function deleteObjects(
    keys: readonly string[],
    { ifMatch, ...options }: DeleteManyOptions = {},
  ): Promise<readonly FailedKey[]> {
    const failed: FailedKey[] = []
    // XML cannot name these.
    const single = dialect.multiDelete ? keys.filter((key) => !isXmlText(key)) : keys
    for (const key of single) {
      try {
        await deleteObject(key, { ...options, ifMatch: ifMatch?.get(key) ?? null })
      } catch (error) {
        failed.push({ key, error: toStorageError(error) })
      }
    }
    const many = dialect.multiDelete ? keys.filter(isXmlText) : []
    return many.length === 0 ? failed : [...failed, ...(await deleteMany(many, { ifMatch, ...options }))]
  }

  async function deleteMany(
    keys: readonly string[],
    { ifMatch, ...options }: CallOptions & { readonly ifMatch: DeleteManyOptions['ifMatch'] | undefined },
  ): Promise<readonly FailedKey[]> {
    const etags = dialect.multiDeleteIfMatch ? ifMatch : undefined
    const objects = keys.map((key): XmlNode => {
      const etag = etags?.get(key)
      return ['Object', [['Key', key], ...(etag === undefined ? [] : [['ETag', `"${etag}"`] as const])]]
    })
    const body = writeXml(['Delete', [['Quiet', 'true'], ...objects]], s3Namespace)
    // Swift, COS and others refuse the request without it; nobody minds it.
    const headers = {
      'content-md5': createHash('md5').update(body).digest('base64'),
      'content-type': 'application/xml',
    }
    const call = { operation: 'DeleteObjects', method: 'POST', query: { delete: '' }, headers } as const
    const answer = await requests.sendForText({ ...call, body: [body], signsBody: true, ...signalOf(options) })
    return childrenOf(parsed(answer.text), 'Error').flatMap(failedKey)
  }

  async function headBucket(options: CallOptions = {}): Promise<BucketFacts> {
    const { headers } = await requests.sendForText({ operation: 'HeadBucket', method: 'HEAD', ...signalOf(options) })
    return {
      // Swift does not name itself, but its transactions.
      server: headers['server'] ?? (headers['x-trans-id'] === undefined ? null : 'Swift'),
      region: headers[`${dialect.headerPrefix}bucket-region`] ?? null,
      hasDirectories: headers['x-cos-bucket-arch'] === 'OFS',
    }
  }

  return { listObjects, listMultipartUploads, deleteObjects, headBucket }
}

function translated<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw toStorageError(error)
  }
}

function listQuery({ dialect }: OperationContext, options: ListObjectsOptions): Record<string, string> {
  const { prefix = '', delimiter, cursor = null, after, mostKeys } = options
  const shared = {
    ...(dialect.urlEncodedLists && { 'encoding-type': 'url' }),
    ...(prefix !== '' && { prefix }),
    ...(delimiter !== undefined && { delimiter }),
    ...(mostKeys !== undefined && { 'max-keys': String(mostKeys) }),
  }
  if (dialect.listVersion === 1) {
    const marker = cursor ?? after
    return { ...shared, ...(marker !== undefined && { marker }) }
  }
  return {
    ...shared,
    'list-type': '2',
    ...(cursor !== null && { 'continuation-token': cursor }),
    ...(cursor === null && after !== undefined && { 'start-after': after }),
  }
}

/** Keys as the page gives them. Stores that do not know the question answer with plain ones, and say so by not saying it. */
function keyReader(page: XmlElement): (text: string) => string {
  if (childText(page, 'EncodingType').toLowerCase() !== 'url') return (text) => text
  return (text) => {
    if (!text.includes('%') && !text.includes('+')) return text
    try {
      return decodeURIComponent(text.replaceAll('+', ' '))
    } catch (error) {
      throw notUnderstood('A listed key is encoded in an unknown way.', error)
    }
  }
}

function objectPage(page: XmlElement, version: 1 | 2): ObjectPage {
  if (page.name !== 'ListBucketResult') throw notUnderstood('The answer is no listing.')
  const readKey = keyReader(page)
  const objects: ListedObject[] = []
  const prefixes: string[] = []
  for (const child of page.children) {
    if (child.name === 'Contents') objects.push(listedObject(child, readKey))
    else if (child.name === 'CommonPrefixes') prefixes.push(readKey(childText(child, 'Prefix')))
  }
  if (childText(page, 'IsTruncated') !== 'true') return { objects, prefixes, next: null }
  if (version === 2) return { objects, prefixes, next: named(childText(page, 'NextContinuationToken')) }
  // S3 names it only with a delimiter: else it is the last key.
  const marker = readKey(childText(page, 'NextMarker')) || (objects.at(-1)?.key ?? '')
  return { objects, prefixes, next: named(marker) }
}

/** A page that says that it is not the last one, and not how to go on, must not end the listing. */
function named(next: string): string {
  if (next === '') throw notUnderstood('The listing says that it goes on, but not where.')
  return next
}

/** One pass over the children: a page has a thousand of these. */
function listedObject(contents: XmlElement, readKey: (text: string) => string): ListedObject {
  let [key, bytes, modified, etag, storageClass]: (string | undefined)[] = []
  for (const { name, text } of contents.children) {
    if (name === 'Key') key = text
    else if (name === 'Size') bytes = text
    else if (name === 'LastModified') modified = text
    else if (name === 'ETag') etag = text
    else if (name === 'StorageClass') storageClass = text
  }
  if (key === undefined) throw notUnderstood('The listing has an object without a key.')
  return {
    key: readKey(key),
    bytes: countOf(bytes ?? ''),
    modified: dateOf(modified),
    etag: bareEtag(etag ?? ''),
    storageClass: storageClass === undefined || storageClass === '' ? null : storageClass,
  }
}

function uploadPage(page: XmlElement): UploadPage {
  if (page.name !== 'ListMultipartUploadsResult') throw notUnderstood('The answer is no listing.')
  const readKey = keyReader(page)
  const uploads = childrenOf(page, 'Upload').map((upload): UnfinishedUpload => ({
    key: readKey(childText(upload, 'Key')),
    uploadId: childText(upload, 'UploadId'),
    begun: dateOf(childText(upload, 'Initiated')),
  }))
  if (childText(page, 'IsTruncated') !== 'true') return { uploads, next: null }
  const last = uploads.at(-1)
  const key = readKey(childText(page, 'NextKeyMarker')) || (last?.key ?? '')
  return {
    uploads,
    next: { key: named(key), uploadId: childText(page, 'NextUploadIdMarker') || (last?.uploadId ?? '') },
  }
}

function failedKey(element: XmlElement): readonly FailedKey[] {
  const facts = { code: childText(element, 'Code'), status: 200, operation: 'DeleteObjects' }
  if (codeOf(facts) === 'not-found') return []
  return [
    { key: childText(element, 'Key'), error: toStorageError(new StoreError(childText(element, 'Message'), facts)) },
  ]
}
