import fs from 'node:fs'
import type { ObjectKey } from '../../../core/paths.ts'
import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import type { OpenFile, ReadOptions } from '../../contract.ts'
import { bufferPool, type BufferPool } from '../../../core/buffer-pool.ts'
import type { Confined } from './confine/place.ts'
import type { Entries } from './entries.ts'
import { diskError, translate } from './errors.ts'
import { readAt, readAtNow } from './io/file-io.ts'
import { openRegular } from './io/open-regular.ts'
import type { Pace } from './io/pace.ts'

/** Up to here a file is read by one synchronous call, faster than the thread pool could be asked. */
const smallBytes = 65_536
/** What one synchronous call reads of a larger one: less costs more calls, more of many does not stay in the processor's cache. */
const quickBuffers = bufferPool([
  { bytes: 262_144, idle: 16 },
  { bytes: 1_048_576, idle: 2, most: 2 },
])

export interface ReadServices {
  readonly confined: Confined
  readonly entries: Entries
  readonly buffers: BufferPool
  readonly pace: Pace
}

/** `Storage.read`. */
export function diskRead({ confined, entries, ...services }: ReadServices) {
  return async (key: ObjectKey, options: ReadOptions = {}): Promise<OpenFile> => {
    refuseWhenAborted(options.signal)
    const { descriptor, stats } = confined.at(key, 'follow', openRegular)
    try {
      const entry = entries.file(key, stats)
      const { start = 0, end = entry.bytes, ifVersion = entry.version } = options
      if (ifVersion !== entry.version) throw diskError('conflict')
      if (start > entry.bytes) throw diskError('invalid-restart')
      const range = { descriptor, start, end: Math.max(start, Math.min(end, entry.bytes)) }
      return { entry, ...lending(range, services, options.signal) }
    } catch (error) {
      fs.closeSync(descriptor)
      throw error
    }
  }
}

interface Range {
  readonly descriptor: number
  readonly start: number
  readonly end: number
}

/** Body and `close` of an open file: the descriptor is closed once, and never under a read that is still running. */
function lending(
  range: Range,
  services: Pick<ReadServices, 'buffers' | 'pace'>,
  signal: AbortSignal | undefined,
): Omit<OpenFile, 'entry'> {
  let running: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | null = null
  const close = () => {
    closing ??= running.then(() => fs.closeSync(range.descriptor))
    return closing
  }
  const refuse = () => {
    if (signal?.aborted) throw abortedError(signal)
    if (closing !== null) throw diskError('unavailable')
  }
  const read = (into: Buffer, position: number) => {
    const result = readAt(range.descriptor, into, position)
    running = result.catch(() => {})
    return result
  }
  return { body: chunks({ ...range, ...services, read, refuse, close }), close }
}

interface Chunks extends Range {
  readonly buffers: BufferPool
  readonly pace: Pace
  readonly read: (into: Buffer, position: number) => Promise<number>
  readonly refuse: () => void
  readonly close: () => Promise<void>
}

async function* chunks(range: Chunks): AsyncGenerator<Uint8Array, void> {
  const { start, end, refuse, close } = range
  try {
    refuse()
    if (start === end) return
    if (end - start <= smallBytes) yield* small(range)
    else yield* large(range)
  } catch (error) {
    throw translate(error)
  } finally {
    await close()
  }
}

function* small({ descriptor, start, end, buffers }: Chunks): Generator<Uint8Array, void> {
  const buffer = buffers.lease(end - start)
  try {
    const chunk = buffer.subarray(0, end - start)
    if (readAtNow(descriptor, chunk, start) < chunk.length) throw diskError('conflict')
    yield chunk
  } finally {
    buffers.release(buffer)
  }
}

async function* large(range: Chunks): AsyncGenerator<Uint8Array, void> {
  const position = yield* atOnce(range)
  if (position < range.end) yield* ahead({ ...range, start: position })
}

/** As long as the disk gives bytes at the speed of memory. Ends with where it stopped. */
async function* atOnce({ descriptor, start, end, pace, refuse }: Chunks): AsyncGenerator<Uint8Array, number> {
  let position = start
  while (position < end && pace.isQuick()) {
    const buffer = quickBuffers.lease(end - position)
    try {
      const chunk = buffer.subarray(0, end - position)
      if (pace.timed(() => readAtNow(descriptor, chunk, position)) < chunk.length) throw diskError('conflict')
      position += chunk.length
      yield chunk
    } finally {
      quickBuffers.release(buffer)
    }
    refuse()
  }
  return position
}

/** Reads the next chunk while the consumer still has the one before. */
async function* ahead({ start, end, buffers, read, refuse }: Chunks): AsyncGenerator<Uint8Array, void> {
  const pair = [buffers.lease(), buffers.lease()] as const
  const ask = (turn: number, position: number) => {
    const into = slice(pair, turn, end - position)
    const bytes = read(into, position)
    // Its owner is the next turn, or the `finally` below; until then nobody listens.
    bytes.catch(() => {})
    return { into, bytes }
  }
  let next = ask(0, start)
  try {
    for (let position = start, turn = 1; position < end; turn++) {
      const { into, bytes } = next
      // Shorter than when it was opened: what follows would not be the rest of this file.
      if ((await bytes) < into.length) throw diskError('conflict')
      refuse()
      position += into.length
      if (position < end) next = ask(turn, position)
      yield into
      refuse()
    }
  } finally {
    await next.bytes.catch(() => {})
    for (const buffer of pair) buffers.release(buffer)
  }
}

function slice(pair: readonly [Buffer, Buffer], turn: number, bytes: number): Buffer {
  return (turn % 2 === 0 ? pair[0] : pair[1]).subarray(0, bytes)
}
