import type { Bucket, HeldObject } from './bucket.ts'
import { byBytes, escapeXml, Refusal, strictEncode, type Incoming } from './protocol.ts'

export type Kind = 's3' | 'cos'

const head = '<?xml version="1.0" encoding="UTF-8"?>\n'
/** Behind every key that begins with the text. */
const behindAll = '\u{10ffff}\u{10ffff}'

/** ListObjects of both versions. S3 writes a space as "+", COS as "%20". */
export function listObjects(bucket: Bucket, { query }: Incoming, { kind, name }: { kind: Kind; name: string }): string {
  const text = (parameter: string) => query.get(parameter) ?? ''
  const isSecond = text('list-type') === '2'
  if (isSecond && kind === 'cos') throw new Refusal(400, 'InvalidArgument', 'The native interface lists by marker.')
  const most = Math.min(1000, query.has('max-keys') ? Number(text('max-keys')) : 1000)
  const start = isSecond
    ? Buffer.from(text('continuation-token'), 'base64url').toString() || text('start-after')
    : text('marker')
  const page = collect(bucket, { prefix: text('prefix'), delimiter: text('delimiter'), start, most })
  const encode = encoder(kind, text('encoding-type'))
  const tag = (element: string, value: string | number) => `<${element}>${escapeXml(String(value))}</${element}>`
  const contents = page.keys.map((key) => {
    const object = bucket.objects.get(key)
    return `<Contents>${tag('Key', encode(key))}${tag('LastModified', (object?.modified ?? new Date(0)).toISOString())}${tag('ETag', `"${object?.etag ?? 'd41d8cd98f00b204e9800998ecf8427e'}"`)}${tag('Size', object?.body.length ?? 0)}${tag('StorageClass', classOf(object))}</Contents>`
  })
  const prefixes = page.prefixes.map((prefix) => `<CommonPrefixes>${tag('Prefix', encode(prefix))}</CommonPrefixes>`)
  const next = isSecond
    ? tag('NextContinuationToken', Buffer.from(page.last).toString('base64url'))
    : kind === 'cos' || text('delimiter') !== ''
      ? tag('NextMarker', encode(page.last))
      : ''
  return [
    head,
    `<ListBucketResult>${tag('Name', name)}${tag('Prefix', encode(text('prefix')))}${tag('MaxKeys', most)}`,
    query.has('encoding-type') ? tag('EncodingType', text('encoding-type')) : '',
    tag('IsTruncated', String(page.isTruncated)),
    page.isTruncated ? next : '',
    ...contents,
    ...prefixes,
    '</ListBucketResult>',
  ].join('')
}

function classOf(object: HeldObject | undefined): string {
  return object?.headers['x-amz-storage-class'] ?? object?.headers['x-cos-storage-class'] ?? 'STANDARD'
}

function encoder(kind: Kind, type: string): (text: string) => string {
  if (type === '') return (text) => text
  if (type !== 'url') throw new Refusal(400, 'InvalidArgument', 'encoding-type')
  return (text) => {
    const encoded = strictEncode(text).replaceAll('%2F', '/')
    return kind === 'cos' ? encoded : encoded.replaceAll('%20', '+')
  }
}

interface Question {
  readonly prefix: string
  readonly delimiter: string
  readonly start: string
  readonly most: number
}

function collect(bucket: Bucket, { prefix, delimiter, start, most }: Question) {
  const keys: string[] = []
  const prefixes: string[] = []
  let last = ''
  const from = byBytes(start, prefix) < 0
  let key = bucket.next(from ? prefix : start, from || start === '' ? 'at' : 'behind')
  for (; key !== null && key.startsWith(prefix);) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const common = cut < 0 ? null : key.slice(0, cut + delimiter.length)
    if (common !== null && byBytes(common, start) <= 0) {
      // The page before has named it.
      key = bucket.next(common + behindAll, 'behind')
      continue
    }
    if (keys.length + prefixes.length >= most) return { keys, prefixes, last, isTruncated: most > 0 }
    last = common ?? key
    if (common === null) keys.push(key)
    else prefixes.push(common)
    key = common === null ? bucket.next(key, 'behind') : bucket.next(common + behindAll, 'behind')
  }
  return { keys, prefixes, last, isTruncated: false }
}

/** ListMultipartUploads, ordered by key and id. */
export function listUploads(bucket: Bucket, { query }: Incoming, { kind, name }: { kind: Kind; name: string }): string {
  const text = (parameter: string) => query.get(parameter) ?? ''
  const encode = encoder(kind, text('encoding-type'))
  const most = Math.min(1000, Number(query.get('max-uploads') ?? 1000))
  const [keyMarker, idMarker] = [text('key-marker'), text('upload-id-marker')]
  const all = [...bucket.uploads.values()]
    .filter(({ key }) => key.startsWith(text('prefix')))
    .toSorted((a, b) => byBytes(a.key, b.key) || byBytes(a.id, b.id))
    .filter(({ key, id }) => {
      const order = byBytes(key, keyMarker)
      return order > 0 || (order === 0 && idMarker !== '' && byBytes(id, idMarker) > 0)
    })
  const page = all.slice(0, most)
  const last = page.at(-1)
  const isTruncated = all.length > page.length
  const uploads = page.map(
    ({ key, id, begun }) =>
      `<Upload><Key>${escapeXml(encode(key))}</Key><UploadId>${id}</UploadId><Initiated>${begun.toISOString()}</Initiated></Upload>`,
  )
  const next = isTruncated
    ? `<NextKeyMarker>${escapeXml(encode(last?.key ?? ''))}</NextKeyMarker><NextUploadIdMarker>${last?.id ?? ''}</NextUploadIdMarker>`
    : ''
  const encoding = query.has('encoding-type') ? '<EncodingType>url</EncodingType>' : ''
  return `${head}<ListMultipartUploadsResult><Bucket>${name}</Bucket>${encoding}<IsTruncated>${isTruncated}</IsTruncated>${next}${uploads.join('')}</ListMultipartUploadsResult>`
}
