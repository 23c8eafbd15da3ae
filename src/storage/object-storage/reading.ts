import { setTimeout as wait } from 'node:timers/promises'
import { runningChecksum } from '../../core/checksum/running.ts'
import { GatewayError, isGatewayError } from '../../core/errors.ts'
import { rootKey, type ObjectKey } from '../../core/paths.ts'
import type { FileEntry, OpenFile, ReadOptions } from '../contract.ts'
import { requireEqual } from '../multipart/proof.ts'
import type { GetOptions, OpenObject } from '../object-http/object-types.ts'
import { refuseHidden } from './bucket-keys.ts'
import { headEntry } from './entries.ts'
import { isDirectory, noteSeen, statFile } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/** How often one download may go on after its stream has broken without a byte in between. */
const mostRetries = 5
const firstPauseMilliseconds = 200

/** Opens a file with one request. A stream that breaks goes on where it broke, as long as the content is the same. */
export async function read(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { start = 0, end, ifVersion, signal }: ReadOptions = {},
): Promise<OpenFile> {
  refuseHidden(key)
  if (key === rootKey) throw refusal('is-directory')
  const call = { signal }
  if (end !== undefined && end <= start) return await nothing(parts, key, { start, ifVersion, call })
  const wantsChecksum = parts.verifiesReads && start === 0 && end === undefined
  const options = { ...call, start, end: end ?? null, ifMatch: ifVersion ?? null, wantsChecksum }
  const open = await opened(parts, key, options)
  if (open === null) return await nothing(parts, key, { start, ifVersion, call })
  const entry = headEntry(parts, key, open.facts)
  noteSeen(parts, key, open.facts)
  const closing = new Closing(signal)
  const body = lasting(parts, { entry, open, start, end: Math.min(end ?? entry.bytes, entry.bytes), closing })
  return {
    entry,
    body,
    async close() {
      closing.close()
      open.close()
    },
  }
}

/** Ends what a download does once it has broken off. Most never do, so the signal for it is made when it is asked for. */
class Closing {
  readonly #outer: AbortSignal | undefined
  #isClosed = false
  #stop: AbortController | null = null

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer
  }

  isOver(): boolean {
    return this.#isClosed || this.#outer?.aborted === true
  }

  signal(): AbortSignal {
    this.#stop ??= new AbortController()
    if (this.#isClosed) this.close()
    return this.#outer === undefined ? this.#stop.signal : AbortSignal.any([this.#outer, this.#stop.signal])
  }

  close(): void {
    this.#isClosed = true
    this.#stop?.abort(new GatewayError('aborted', 'The file was closed.'))
  }
}

/** Null for a range behind the end. @throws GatewayError 'is-directory', 'not-found'. */
async function opened(parts: ObjectStorageParts, key: ObjectKey, options: GetOptions): Promise<OpenObject | null> {
  try {
    return await parts.client.getObject(parts.keys.object(key), options)
  } catch (error) {
    if (isGatewayError(error, 'invalid-restart')) return null
    if (isGatewayError(error, 'not-found') && (await isDirectory(parts, key, options))) throw refusal('is-directory')
    throw error
  }
}

interface Reading {
  readonly entry: FileEntry
  readonly open: OpenObject
  readonly start: number
  readonly end: number
  readonly closing: Closing
}

async function* lasting(
  parts: ObjectStorageParts,
  { entry, open: first, start, end, closing }: Reading,
): AsyncGenerator<Uint8Array> {
  let open: OpenObject = first
  let at = start
  let failures = 0
  const proof = start === 0 && end === entry.bytes ? proofOf(parts, first) : null
  for (;;) {
    try {
      for await (const chunk of open.body) {
        at += chunk.length
        failures = 0
        proof?.update(chunk)
        yield chunk
      }
      return proof?.require()
    } catch (error) {
      if (closing.isOver() || !isGatewayError(error, 'unavailable') || ++failures > mostRetries) throw error
      parts.logger.info('a download broke off and goes on', { at, error: error.cause })
      if (at >= end) return
    } finally {
      open.close()
    }
    const signal = closing.signal()
    await wait(firstPauseMilliseconds * 2 ** (failures - 1), undefined, { signal })
    open = await reopened(parts, entry, { start: at, end, signal })
  }
}

/** Follows a whole content, and compares it with what the store has told of it. Null where that is nothing, or not asked for. */
function proofOf({ client, verifiesReads }: ObjectStorageParts, { facts }: OpenObject) {
  const { checksum: kind } = client.dialect
  const { checksum } = facts
  if (!verifiesReads || kind === null || checksum === null) return null
  const running = runningChecksum(kind)
  return {
    update: (chunk: Uint8Array) => running.update(chunk),
    /** @throws GatewayError 'corrupted'. */
    require: () => requireEqual(checksum, running.value()),
  }
}

/** @throws GatewayError 'data-connection-lost' when the content is another now: the client must not get a mix. */
async function reopened(
  { client, keys }: ObjectStorageParts,
  { key, version }: FileEntry,
  range: { readonly start: number; readonly end: number; readonly signal: AbortSignal },
): Promise<OpenObject> {
  try {
    return await client.getObject(keys.object(key), { ...range, ifMatch: version })
  } catch (error) {
    if (!isGatewayError(error, 'conflict', 'not-found', 'invalid-restart')) throw error
    throw new GatewayError('data-connection-lost', 'The file was changed while it was sent.', { cause: error })
  }
}

interface EmptyRange {
  readonly start: number
  readonly ifVersion: string | undefined
  readonly call: { readonly signal?: AbortSignal | undefined }
}

/** A range without bytes: stores have no answer for it. @throws 'invalid-restart' when it lies beyond the end. */
async function nothing(
  parts: ObjectStorageParts,
  key: ObjectKey,
  { start, ifVersion, call }: EmptyRange,
): Promise<OpenFile> {
  const entry = await statFile(parts, key, call)
  if (entry === null) throw (await isDirectory(parts, key, call)) ? refusal('is-directory') : refusal('not-found')
  if (ifVersion !== undefined && entry.version !== ifVersion) throw refusal('conflict')
  if (start > entry.bytes) throw refusal('invalid-restart')
  return { entry, body: none(), close: async () => {} }
}

async function* none(): AsyncGenerator<Uint8Array> {}
