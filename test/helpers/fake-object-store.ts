import { createHash } from 'node:crypto'
import { checksumOf } from '../../src/core/checksum/running.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type {
  Body,
  CompleteOptions,
  CopySource,
  ObjectFacts,
  ObjectHead,
  ObjectStore,
  PartAddress,
  SendOptions,
  StoredPart,
  StoreRules,
  UploadAddress,
} from '../../src/storage/multipart/object-store.ts'

/** A store's rules in small, so that tests need few bytes: parts of 1,000 to 100,000 bytes, at most 50. */
export const smallRules: StoreRules = {
  minPartBytes: 1000,
  maxPartBytes: 100_000,
  maxParts: 50,
  maxObjectBytes: 5_000_000,
  maxWholeBytes: 100_000,
  wantsEqualParts: false,
  checksum: 'crc64xz',
  wantsMd5: false,
  listsChecksums: true,
}

export interface StoreCall {
  readonly name: keyof Omit<ObjectStore, 'rules'>
  readonly key: string
  /** Of a part. */
  readonly number: number | null
  /** Bytes that travel to or from the store. */
  readonly bytes: number
}

export interface FakeObject {
  readonly content: Buffer
  readonly version: string
  readonly facts: ObjectFacts
}

export interface FakeOptions {
  readonly rules?: Partial<StoreRules>
  /** Before a call has any effect: to fail it, or to keep it waiting. */
  readonly before?: (call: StoreCall, count: number) => Promise<void> | void
  /** After its effect, in place of its answer. */
  readonly after?: (call: StoreCall, count: number) => Promise<void> | void
  /** What arrives of a part or an object. */
  readonly arrive?: (content: Buffer, call: StoreCall) => Buffer
  /** The store checks the checksums that come with bodies and with `complete`. Else it only tells its own. */
  readonly refusesWrong?: boolean
  /** Answers hold checksums. */
  readonly tellsChecksums?: boolean
}

export type FakeObjectStore = ReturnType<typeof fakeObjectStore>

/** A strict object store in memory: parts that break the rules are refused, as a real one does at the end. */
export function fakeObjectStore(options: FakeOptions = {}) {
  const rules = { ...smallRules, ...options.rules }
  const { refusesWrong = true, tellsChecksums = true } = options
  const objects = new Map<string, FakeObject>()
  const uploads = new Map<string, { key: string; facts: ObjectFacts; parts: Map<number, Buffer> }>()
  const calls: StoreCall[] = []
  let running = 0
  let mostAtOnce = 0
  let lastId = 0

  const sum = (content: Buffer) => (rules.checksum === null ? null : checksumOf(rules.checksum, content))
  const told = (content: Buffer) => (tellsChecksums ? sum(content) : null)

  async function call<T>(what: StoreCall, signal: AbortSignal | undefined, effect: () => T): Promise<T> {
    calls.push(what)
    const count = calls.length
    running++
    mostAtOnce = Math.max(mostAtOnce, running)
    try {
      await abortable(options.before?.(what, count), signal)
      const result = effect()
      await abortable(options.after?.(what, count), signal)
      return result
    } finally {
      running--
    }
  }

  function arrived(body: Body, what: StoreCall, { bytes, checksum, md5 }: SendOptions): Buffer {
    const sent = Buffer.concat(body)
    if (sent.length !== bytes) throw broken('Content-Length does not fit the body.')
    if ((rules.wantsMd5 || rules.checksum === null) !== (md5 !== null))
      throw broken('Content-MD5 is wanted, or is not.')
    const content = options.arrive?.(sent, what) ?? sent
    const isWrong = (checksum !== null && checksum !== sum(content)) || (md5 !== null && !md5Of(content).equals(md5))
    if (refusesWrong && isWrong) throw new GatewayError('corrupted', 'BadDigest')
    return Buffer.from(content)
  }

  function put(key: string, content: Buffer, facts: ObjectFacts): ObjectHead {
    if (content.length > rules.maxObjectBytes) throw broken('EntityTooLarge')
    objects.set(key, { content, version: `v${++lastId}`, facts })
    return headOf(key) as ObjectHead
  }

  function headOf(key: string): ObjectHead | null {
    const object = objects.get(key)
    if (object === undefined) return null
    const { content, version, facts } = object
    const modified = facts.modified ?? new Date(0)
    return { version, versionId: null, checksum: told(content), modified, bytes: content.length, token: facts.token }
  }

  function uploadOf({ key, uploadId }: UploadAddress) {
    const upload = uploads.get(uploadId)
    if (upload?.key !== key) throw new GatewayError('not-found', 'NoSuchUpload')
    return upload
  }

  function ranged({ key, ifVersion, start, end }: CopySource): Buffer {
    const object = objects.get(key)
    if (object === undefined) throw new GatewayError('not-found', 'NoSuchKey')
    if (ifVersion !== null && ifVersion !== object.version) throw new GatewayError('conflict', 'PreconditionFailed')
    if (end > object.content.length || start >= end) throw broken('InvalidRange')
    return Buffer.from(object.content.subarray(start, end))
  }

  function addPart(part: PartAddress, content: Buffer): StoredPart {
    if (part.number < 1 || part.number > rules.maxParts) throw broken('InvalidPartNumber')
    if (content.length > rules.maxPartBytes) throw broken('EntityTooLarge')
    uploadOf(part).parts.set(part.number, content)
    return partOf(part.number, content)
  }

  const partOf = (number: number, content: Buffer): StoredPart => {
    return { number, bytes: content.length, etag: md5Of(content).toString('hex'), checksum: told(content) }
  }

  function assemble(address: UploadAddress, parts: readonly StoredPart[], { ifAbsent, ...wanted }: CompleteOptions) {
    const upload = uploadOf(address)
    if (ifAbsent && objects.has(address.key)) throw new GatewayError('already-exists', 'PreconditionFailed')
    if (parts.length === 0) throw broken('MalformedXML')
    const contents = parts.map(({ number, etag }, index) => {
      const content = upload.parts.get(number)
      if (number !== index + 1) throw broken('InvalidPartOrder')
      if (content === undefined || md5Of(content).toString('hex') !== etag) throw broken('InvalidPart')
      if (index < parts.length - 1 && content.length < rules.minPartBytes) throw broken('EntityTooSmall')
      return content
    })
    const lengths = new Set(contents.slice(0, -1).map((content) => content.length))
    if (rules.wantsEqualParts && lengths.size > 1) throw broken('InvalidPart')
    const content = Buffer.concat(contents)
    const isWrong = content.length !== wanted.bytes || (wanted.checksum ?? sum(content)) !== sum(content)
    if (refusesWrong && isWrong) throw new GatewayError('corrupted', 'BadDigest')
    const stored = put(address.key, content, upload.facts)
    uploads.delete(address.uploadId)
    return stored
  }

  const store: ObjectStore = {
    rules,
    putWhole(key, body, put_) {
      const what = { name: 'putWhole', key, number: null, bytes: put_.bytes } as const
      return call(what, put_.signal, () => {
        if (put_.ifAbsent && objects.has(key)) throw new GatewayError('already-exists', 'PreconditionFailed')
        if (put_.bytes > rules.maxWholeBytes) throw broken('EntityTooLarge')
        return put(key, arrived(body, what, put_), put_)
      })
    },
    begin: (key, facts) =>
      call({ name: 'begin', key, number: null, bytes: 0 }, facts.signal, () => {
        const uploadId = `u${++lastId}`
        uploads.set(uploadId, { key, facts, parts: new Map() })
        return uploadId
      }),
    putPart(part, body, send) {
      const what = { name: 'putPart', key: part.key, number: part.number, bytes: send.bytes } as const
      return call(what, send.signal, () => addPart(part, arrived(body, what, send)))
    },
    copyPart: (part, source, { signal }) =>
      call({ name: 'copyPart', key: part.key, number: part.number, bytes: 0 }, signal, () => {
        const content = ranged(source)
        if (content.length < rules.minPartBytes) throw broken('EntityTooSmall')
        return addPart(part, content)
      }),
    complete: (address, parts, wanted) =>
      call({ name: 'complete', key: address.key, number: null, bytes: 0 }, wanted.signal, () =>
        assemble(address, parts, wanted),
      ),
    abort: ({ key, uploadId }, { signal } = {}) =>
      call({ name: 'abort', key, number: null, bytes: 0 }, signal, () => void uploads.delete(uploadId)),
    listParts: ({ key, uploadId }, { signal } = {}) =>
      call({ name: 'listParts', key, number: null, bytes: 0 }, signal, () => {
        const upload = uploads.get(uploadId)
        if (upload?.key !== key) return null
        const listed = [...upload.parts].toSorted(([a], [b]) => a - b).map(([number, part]) => partOf(number, part))
        return rules.listsChecksums ? listed : listed.map((part) => ({ ...part, checksum: null }))
      }),
    head: (key, { signal } = {}) => call({ name: 'head', key, number: null, bytes: 0 }, signal, () => headOf(key)),
    async *read(source, { signal } = {}) {
      const what = { name: 'read', key: source.key, number: null, bytes: source.end - source.start } as const
      const content = await call(what, signal, () => ranged(source))
      for (let offset = 0; offset < content.length; offset += 300) {
        const lent = Buffer.from(content.subarray(offset, offset + 300))
        yield lent
        lent.fill(0xee)
      }
    },
    remove: (key, { ifVersion, signal }) =>
      call({ name: 'remove', key, number: null, bytes: 0 }, signal, () => {
        if (objects.get(key)?.version === ifVersion) objects.delete(key)
      }),
  }

  return {
    store,
    objects,
    uploads,
    calls,
    /** How many calls of this kind came. */
    count: (name: StoreCall['name']) => calls.filter((each) => each.name === name).length,
    /** Bytes that clients' content cost on the wire. */
    sentBytes: () => calls.reduce((bytes, each) => bytes + each.bytes, 0),
    /** Puts an object there as somebody else would. */
    place: (key: string, content: Uint8Array) =>
      put(key, Buffer.from(content), { token: 'other', modified: null, hashes: {} }),
    get mostAtOnce() {
      return mostAtOnce
    },
  }
}

function md5Of(content: Buffer): Buffer {
  return createHash('md5').update(content).digest()
}

/** What no client of a real store should ever do. */
function broken(what: string): GatewayError {
  return new GatewayError('internal', `The store refuses this: ${what}`)
}

async function abortable(wait: Promise<void> | void, signal: AbortSignal | undefined): Promise<void> {
  const refuse = () => new GatewayError('aborted', 'The request was aborted.')
  if (signal?.aborted) throw refuse()
  if (wait === undefined) return
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(refuse())
  signal?.addEventListener('abort', onAbort)
  try {
    await Promise.race([wait, aborted.promise])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
