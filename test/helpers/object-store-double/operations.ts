import { randomUUID } from 'node:crypto'
import type { Bucket, HeldObject, HeldUpload } from './bucket.ts'
import { base64Of, crc32c, crc64ecma, crc64nvme, md5 } from './checksums.ts'
import { listObjects, listUploads, type Kind } from './listings.ts'
import { escapeXml, Refusal, type Incoming, type Outgoing } from './protocol.ts'

/** What every operation gets. */
export interface Call {
  readonly request: Incoming
  readonly bucket: Bucket
  readonly key: string
  readonly kind: Kind
  readonly name: string
  readonly now: Date
  readonly leastPartBytes: number
  /** COS with metadata acceleration: renames, and copies nothing. */
  readonly hasDirectories: boolean
}

type Operation = (call: Call) => Outgoing

const xmlHead = '<?xml version="1.0" encoding="UTF-8"?>\n'
const crcOf = (kind: Kind, bytes: Buffer) => (kind === 'cos' ? crc64ecma(bytes) : crc64nvme(bytes))
const prefixOf = (kind: Kind) => (kind === 'cos' ? 'x-cos-' : 'x-amz-')

function crcHeaders(kind: Kind, crc: bigint | null): Record<string, string> {
  if (crc === null) return {}
  if (kind === 'cos') return { 'x-cos-hash-crc64ecma': String(crc) }
  return { 'x-amz-checksum-crc64nvme': base64Of(crc, 64), 'x-amz-checksum-type': 'FULL_OBJECT' }
}

/** Compares the body with everything the client says of it. */
function checkBody({ request: { headers, body } }: Call): void {
  const told = headers['content-md5']
  if (told !== undefined && told !== md5(body).toString('base64')) throw new Refusal(400, 'BadDigest')
  const checks = { crc64nvme: () => base64Of(crc64nvme(body), 64), crc32c: () => base64Of(crc32c(body), 32) }
  for (const [name, compute] of Object.entries(checks)) {
    const value = headers[`x-amz-checksum-${name}`]
    if (value !== undefined && value !== compute()) throw new Refusal(400, 'BadDigest', name)
  }
  if (headers['content-encoding']?.includes('aws-chunked') === true) throw new Refusal(501, 'NotImplemented')
}

/** Keeps type, class and metadata as they were given; refuses what the store would. */
function keptHeaders({ request: { headers }, kind }: Call): Record<string, string> {
  const prefix = `${prefixOf(kind)}meta-`
  const kept = Object.entries(headers).filter(
    ([name]) => name.startsWith(prefix) || name === 'content-type' || name === `${prefixOf(kind)}storage-class`,
  )
  const metadata = kept.filter(([name]) => name.startsWith(prefix))
  const bytes = metadata.reduce((sum, [name, value]) => sum + name.length - prefix.length + value.length, 0)
  if (bytes > 2048) throw new Refusal(400, kind === 'cos' ? 'KeyValueTooLong' : 'MetadataTooLarge')
  if (kind === 'cos' && metadata.some(([name]) => name.includes('_'))) throw new Refusal(400, 'InvalidArgument')
  return Object.fromEntries(kept)
}

function checkKey({ key, kind }: Call): void {
  const bytes = Buffer.byteLength(key)
  if (bytes > (kind === 'cos' ? 850 : 1024)) throw new Refusal(400, kind === 'cos' ? 'KeyTooLong' : 'KeyTooLongError')
  if (kind === 'cos' && /^[/\\]|[\u0018-\u001b]/.test(key)) throw new Refusal(400, 'InvalidURI')
}

/** If-None-Match, If-Match and COS's own word. */
function checkConditions({ request: { headers }, bucket, key, kind }: Call): void {
  const there = bucket.objects.get(key)
  if (kind === 'cos') {
    if (headers['x-cos-forbid-overwrite'] === 'true' && there) throw new Refusal(409, 'FileAlreadyExists')
    return
  }
  if (headers['if-none-match'] === '*' && there) throw new Refusal(412, 'PreconditionFailed')
  const match = headers['if-match']
  if (match !== undefined && !there) throw new Refusal(404, 'NoSuchKey')
  if (match !== undefined && match !== `"${there?.etag}"`) throw new Refusal(412, 'PreconditionFailed')
}

function existing({ bucket, key }: Pick<Call, 'bucket' | 'key'>): HeldObject {
  const object = bucket.objects.get(key)
  if (object === undefined) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.')
  return object
}

function uploadOf({ bucket, request, key }: Call): HeldUpload {
  const upload = bucket.uploads.get(request.query.get('uploadId') ?? '')
  if (upload === undefined || upload.key !== key) throw new Refusal(404, 'NoSuchUpload')
  return upload
}

function putObject(call: Call): Outgoing {
  const { request, bucket, key, kind, now } = call
  checkKey(call)
  checkBody(call)
  checkConditions(call)
  const crc = crcOf(kind, request.body)
  const etag = md5(request.body).toString('hex')
  bucket.objects.set(key, { body: request.body, etag, modified: now, headers: keptHeaders(call), crc })
  return { status: 200, headers: { etag: `"${etag}"`, ...crcHeaders(kind, crc) } }
}

function isArchived(kind: Kind, { headers }: HeldObject): boolean {
  return headers[`${prefixOf(kind)}storage-class`]?.includes('ARCHIVE') === true
}

/** In the archive, and not restored for a while. */
function isAway(kind: Kind, object: HeldObject): boolean {
  return isArchived(kind, object) && object.headers[`${prefixOf(kind)}restore`]?.includes('"false"') !== true
}

function getObject(call: Call): Outgoing {
  const { request, kind } = call
  const object = existing(call)
  const { headers } = request
  if (headers['if-match'] !== undefined && headers['if-match'] !== `"${object.etag}"`) {
    throw new Refusal(412, 'PreconditionFailed')
  }
  if (isAway(kind, object) && request.method === 'GET')
    throw new Refusal(403, 'InvalidObjectState', 'Restore it first.')
  const facts = {
    etag: `"${object.etag}"`,
    'last-modified': object.modified.toUTCString(),
    'accept-ranges': 'bytes',
    ...object.headers,
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '')
  if (range === null) return { status: 200, headers: { ...facts, ...crcHeaders(kind, object.crc) }, body: object.body }
  const start = Number(range[1])
  const end = Math.min(range[2] === '' ? object.body.length : Number(range[2]) + 1, object.body.length)
  if (start >= object.body.length) throw new Refusal(416, 'InvalidRange')
  const where = { 'content-range': `bytes ${start}-${end - 1}/${object.body.length}` }
  return { status: 206, headers: { ...facts, ...where }, body: object.body.subarray(start, end) }
}

function deleteObject({ bucket, key }: Call): Outgoing {
  bucket.objects.delete(key)
  return { status: 204 }
}

/** The named source, with the conditions on it. */
function copySource({ request: { headers }, bucket, kind, name }: Call): HeldObject {
  const prefix = prefixOf(kind)
  const text = headers[`${prefix}copy-source`] ?? ''
  const cut = text.indexOf('/', 1)
  const from = text.slice(0, cut).replace(/^\//, '')
  const isHere = kind === 'cos' ? from.startsWith(`${name}.`) : from === name
  if (!isHere) throw new Refusal(404, 'NoSuchBucket')
  const source = existing({ bucket, key: decodeURIComponent(text.slice(cut + 1)) })
  if (isAway(kind, source)) throw new Refusal(403, 'InvalidObjectState', 'Restore it first.')
  const match = headers[`${prefix}copy-source-if-match`]
  if (match !== undefined && match !== `"${source.etag}"`) throw new Refusal(412, 'PreconditionFailed')
  return source
}

function copyObject(call: Call): Outgoing {
  const { request, bucket, key, kind, now } = call
  checkKey(call)
  checkConditions(call)
  const source = copySource(call)
  const directive = request.headers[`${prefixOf(kind)}metadata-directive`] ?? 'COPY'
  if (kind === 'cos' ? !/^(Copy|Replaced|COPY)$/.test(directive) : !/^(COPY|REPLACE)$/.test(directive)) {
    throw new Refusal(400, 'InvalidArgument', 'metadata-directive')
  }
  const isKept = directive.toLowerCase() === 'copy'
  // Class, access and encryption are those of a new object: they are never copied.
  const classHeader = `${prefixOf(kind)}storage-class`
  const { [classHeader]: _, ...kept } = source.headers
  const own = keptHeaders(call)
  const headers = isKept ? { ...kept, ...(own[classHeader] && { [classHeader]: own[classHeader] }) } : own
  bucket.objects.set(key, { ...source, etag: md5(source.body).toString('hex'), modified: now, headers })
  const etag = bucket.objects.get(key)?.etag ?? ''
  const crc = source.crc === null ? '' : kind === 'cos' ? `<CRC64>${source.crc}</CRC64>` : ''
  const xml = `${xmlHead}<CopyObjectResult><LastModified>${now.toISOString()}</LastModified><ETag>"${etag}"</ETag>${crc}</CopyObjectResult>`
  return { status: 200, headers: crcHeaders(kind, kind === 'cos' ? source.crc : null), body: xml }
}

function createMultipartUpload(call: Call): Outgoing {
  const { bucket, key, request, now, name } = call
  checkKey(call)
  const id = `upload-${randomUUID()}`
  const algorithm = request.headers['x-amz-checksum-algorithm'] ?? null
  bucket.uploads.set(id, { id, key, begun: now, headers: keptHeaders(call), algorithm, parts: new Map() })
  const xml = `${xmlHead}<InitiateMultipartUploadResult><Bucket>${name}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`
  return { status: 200, body: xml }
}

function partNumber({ query }: Incoming): number {
  const number = Number(query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new Refusal(400, 'InvalidArgument', 'partNumber')
  return number
}

function uploadPart(call: Call): Outgoing {
  const upload = uploadOf(call)
  checkBody(call)
  const { body } = call.request
  const part = { body, etag: md5(body).toString('hex'), crc: crcOf(call.kind, body) }
  upload.parts.set(partNumber(call.request), part)
  return { status: 200, headers: { etag: `"${part.etag}"`, ...crcHeaders(call.kind, part.crc) } }
}

function uploadPartCopy(call: Call): Outgoing {
  const { request, kind, now } = call
  const upload = uploadOf(call)
  const source = copySource(call)
  const text = request.headers[`${prefixOf(kind)}copy-source-range`]
  const range = /^bytes=(\d+)-(\d+)$/.exec(text ?? `bytes=0-${source.body.length - 1}`)
  const [start, end] = [Number(range?.[1]), Number(range?.[2]) + 1]
  if (range === null || end > source.body.length) throw new Refusal(416, 'InvalidRange')
  const body = source.body.subarray(start, end)
  const part = { body, etag: md5(body).toString('hex'), crc: crcOf(kind, body) }
  upload.parts.set(partNumber(request), part)
  const xml = `${xmlHead}<CopyPartResult><ETag>"${part.etag}"</ETag><LastModified>${now.toISOString()}</LastModified></CopyPartResult>`
  return { status: 200, headers: kind === 'cos' ? crcHeaders(kind, part.crc) : {}, body: xml }
}

/** The parts the client names, checked against the rules. */
function namedParts(call: Call, upload: HeldUpload): readonly Buffer[] {
  const xml = call.request.body.toString()
  const named = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, inside = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(inside)?.[1]),
    etag: /<ETag>(?:"|&quot;)?([^<"&]+)/.exec(inside)?.[1] ?? '',
  }))
  if (named.length === 0) throw new Refusal(400, 'MalformedXML')
  const isOrdered = named.every(({ number }, index) => index === 0 || (named[index - 1]?.number ?? 0) < number)
  if (!isOrdered) throw new Refusal(400, 'InvalidPartOrder')
  return named.map(({ number, etag }, index) => {
    const part = upload.parts.get(number)
    if (part === undefined || part.etag !== etag) throw new Refusal(400, 'InvalidPart')
    const isLast = index === named.length - 1
    if (!isLast && part.body.length < call.leastPartBytes) throw new Refusal(400, 'EntityTooSmall')
    return part.body
  })
}

function completeMultipartUpload(call: Call): Outgoing {
  const { bucket, request, key, kind, now, name } = call
  const upload = uploadOf(call)
  const bodies = namedParts(call, upload)
  checkConditions(call)
  const body = Buffer.concat(bodies)
  const crc = kind === 'cos' || upload.algorithm === 'CRC64NVME' ? crcOf(kind, body) : null
  const told = request.headers['x-amz-checksum-crc64nvme']
  if (told !== undefined && told !== base64Of(crc64nvme(body), 64)) throw new Refusal(400, 'BadDigest')
  const size = request.headers['x-amz-mp-object-size']
  if (size !== undefined && Number(size) !== body.length) throw new Refusal(400, 'InvalidRequest')
  const etag = `${md5(Buffer.concat(bodies.map(md5))).toString('hex')}-${bodies.length}`
  bucket.objects.set(key, { body, etag, modified: now, headers: upload.headers, crc })
  bucket.uploads.delete(upload.id)
  const inside =
    kind === 's3' && crc !== null
      ? `<ChecksumCRC64NVME>${base64Of(crc, 64)}</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>`
      : ''
  const xml = `${xmlHead}<CompleteMultipartUploadResult><Bucket>${name}</Bucket><Key>${escapeXml(key)}</Key><ETag>"${etag}"</ETag>${inside}</CompleteMultipartUploadResult>`
  // White space first, as a store that needs its time sends it.
  return { status: 200, headers: kind === 'cos' ? crcHeaders(kind, crc) : {}, body: `  \n${xml}` }
}

function abortMultipartUpload(call: Call): Outgoing {
  call.bucket.uploads.delete(uploadOf(call).id)
  return { status: 204 }
}

function listParts(call: Call): Outgoing {
  const upload = uploadOf(call)
  const { query } = call.request
  const after = Number(query.get('part-number-marker') ?? 0)
  const most = Math.min(1000, Number(query.get('max-parts') ?? 1000))
  const numbers = [...upload.parts.keys()].filter((number) => number > after).toSorted((a, b) => a - b)
  const page = numbers.slice(0, most)
  const isTruncated = page.length < numbers.length
  const parts = page.map((number) => {
    const part = upload.parts.get(number)
    const crc = call.kind === 's3' && part ? `<ChecksumCRC64NVME>${base64Of(part.crc, 64)}</ChecksumCRC64NVME>` : ''
    return `<Part><PartNumber>${number}</PartNumber><ETag>"${part?.etag}"</ETag><Size>${part?.body.length}</Size>${crc}</Part>`
  })
  const next = isTruncated ? `<NextPartNumberMarker>${page.at(-1)}</NextPartNumberMarker>` : ''
  return {
    status: 200,
    body: `${xmlHead}<ListPartsResult><UploadId>${upload.id}</UploadId><IsTruncated>${isTruncated}</IsTruncated>${next}${parts.join('')}</ListPartsResult>`,
  }
}

function deleteObjects(call: Call): Outgoing {
  const { request, bucket } = call
  if (request.headers['content-md5'] === undefined) {
    throw new Refusal(400, 'InvalidRequest', 'Missing required header for this request: Content-MD5')
  }
  checkBody(call)
  const xml = request.body.toString()
  const named = [...xml.matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, inside = '']) => ({
    key: unescapeXml(/<Key>(.*?)<\/Key>/s.exec(inside)?.[1] ?? ''),
    etag: /<ETag>(?:"|&quot;)?([^<"&]+)/.exec(inside)?.[1] ?? null,
  }))
  if (named.length === 0 || named.length > 1000) throw new Refusal(400, 'MalformedXML')
  const isQuiet = xml.includes('<Quiet>true</Quiet>')
  const told = named.map(({ key, etag }) => {
    const there = bucket.objects.get(key)
    if (etag !== null && there !== undefined && there.etag !== etag && call.kind === 's3')
      return `<Error><Key>${escapeXml(key)}</Key><Code>PreconditionFailed</Code><Message>It is another.</Message></Error>`
    bucket.objects.delete(key)
    return isQuiet ? '' : `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`
  })
  return { status: 200, body: `${xmlHead}<DeleteResult>${told.join('')}</DeleteResult>` }
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, point: string) => String.fromCodePoint(Number(point)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}

/** A bucket with metadata acceleration: an object, or a directory with all below it. Nothing is replaced. */
function renameObject(call: Call): Outgoing {
  const { bucket, key, request, hasDirectories } = call
  if (!hasDirectories) throw new Refusal(501, 'NotImplemented')
  checkKey(call)
  const from = decodeURIComponent(request.headers['x-cos-rename-source']?.replace(/^\//, '') ?? '')
  const isThere = (name: string) =>
    [...bucket.objects.keys()].some((each) => each === name || each.startsWith(`${name}/`))
  if (!isThere(from)) throw new Refusal(404, 'NoSuchKey')
  if (isThere(key)) throw new Refusal(409, 'FileAlreadyExists')
  for (const [name, object] of [...bucket.objects]) {
    if (name !== from && !name.startsWith(`${from}/`)) continue
    bucket.objects.delete(name)
    bucket.objects.set(key + name.slice(from.length), object)
  }
  return { status: 200 }
}

function restoreObject(call: Call): Outgoing {
  const object = existing(call)
  const restoreHeader = `${prefixOf(call.kind)}restore`
  if (!isArchived(call.kind, object)) throw new Refusal(403, 'InvalidObjectState', 'Not in the archive.')
  if (object.headers[restoreHeader]?.includes('"true"') === true) throw new Refusal(409, 'RestoreAlreadyInProgress')
  const days = Number(/<Days>(\d+)<\/Days>/.exec(call.request.body.toString())?.[1])
  const job = call.kind === 'cos' ? 'CASJobParameters' : 'GlacierJobParameters'
  if (!(days >= 1) || !call.request.body.includes(`<${job}>`)) throw new Refusal(400, 'MalformedXML')
  const wasRestored = object.headers[restoreHeader] !== undefined
  const headers = { ...object.headers, ...(!wasRestored && { [restoreHeader]: 'ongoing-request="true"' }) }
  call.bucket.objects.set(call.key, { ...object, headers })
  return { status: wasRestored ? 200 : 202 }
}

function withCopies(run: Operation): Operation {
  return (call) => {
    if (call.hasDirectories) throw new Refusal(501, 'NotImplemented')
    return run(call)
  }
}

export const operations: Readonly<Record<string, Operation>> = {
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  DeleteObject: deleteObject,
  CopyObject: withCopies(copyObject),
  RenameObject: renameObject,
  RestoreObject: restoreObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: withCopies(uploadPartCopy),
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  DeleteObjects: deleteObjects,
  ListObjects: ({ bucket, request, ...call }) => ({ status: 200, body: listObjects(bucket, request, call) }),
  ListMultipartUploads: ({ bucket, request, ...call }) => ({ status: 200, body: listUploads(bucket, request, call) }),
  HeadBucket: ({ hasDirectories }) => ({
    status: 200,
    headers: { 'x-amz-bucket-region': 'us-east-1', ...(hasDirectories && { 'x-cos-bucket-arch': 'OFS' }) },
  }),
}

/** The operation's name, from method, parameters and headers, as the stores tell them apart. */
export function operationOf(request: Incoming, hasKey: boolean): string {
  return (hasKey ? objectOperationOf(request) : bucketOperationOf(request)) ?? 'Unknown'
}

function bucketOperationOf({ method, query }: Incoming): string | undefined {
  if (method === 'HEAD') return 'HeadBucket'
  if (method === 'POST' && query.has('delete')) return 'DeleteObjects'
  if (method === 'GET') return query.has('uploads') ? 'ListMultipartUploads' : 'ListObjects'
  return undefined
}

function objectOperationOf({ method, query, headers }: Incoming): string | undefined {
  if (method === 'POST' && query.has('restore')) return 'RestoreObject'
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload'
  if (method === 'PUT' && query.has('rename')) return 'RenameObject'
  const isCopy = headers['x-amz-copy-source'] !== undefined || headers['x-cos-copy-source'] !== undefined
  const names: Readonly<Record<string, string>> = query.has('uploadId')
    ? { GET: 'ListParts', DELETE: 'AbortMultipartUpload', PUT: isCopy ? 'UploadPartCopy' : 'UploadPart' }
    : { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject', PUT: isCopy ? 'CopyObject' : 'PutObject' }
  return names[method]
}
