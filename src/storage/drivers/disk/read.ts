import fs from 'node:fs'
import type { ObjectKey } from '../../../core/paths.ts'
import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import type { OpenFile, ReadOptions } from '../../contract.ts'
import type { BufferPool } from '../../../core/buffer-pool.ts'
import type { Confined } from './confine/place.ts'
import type { Entries } from './entries.ts'
import { diskError, translate } from './errors.ts'
import { readAt, readAtNow } from './io/file-io.ts'
import { openRegular } from './io/open-regular.ts'

/** Up to here a file is read by one synchronous call, faster than the thread pool could be asked. */
const smallBytes = 65_536

export interface ReadServices {
  readonly confined: Confined
  readonly entries: Entries
  readonly buffers: BufferPool
}

/** `Storage.read`. */
export function diskRead({ confined, entries, buffers }: ReadServices) {
  return async (key: ObjectKey, options: ReadOptions = {}): Promise<OpenFile> => {
    refuseWhenAborted(options.signal)
    const { descriptor, stats } = confined.at(key, 'follow', openRegular)
    try {
      const entry = entries.file(key, stats)
      const { start = 0, end = entry.bytes, ifVersion = entry.version } = options
      if (ifVersion !== entry.version) throw diskError('conflict')
      if (start > entry.bytes) throw diskError('invalid-restart')
      const range = { descriptor, start, end: Math.max(start, Math.min(end, entry.bytes)) }
      return { entry, ...lending(range, buffers, options.signal) }
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
function lending(range: Range, buffers: BufferPool, signal: AbortSignal | undefined): Omit<OpenFile, 'entry'> {
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
  return { body: chunks({ ...range, buffers, read, refuse, close }), close }
}

interface Chunks extends Range {
  readonly buffers: BufferPool
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

/** Reads the next chunk while the consumer still has the one before. */
async function* large({ start, end, buffers, read, refuse }: Chunks): AsyncGenerator<Uint8Array, void> {
  const pair = [buffers.lease(), buffers.lease()] as const
  const ask = (turn: number, position: number) => {
    const into = slice(pair, turn, end - position)
    const bytes = read(into, position)
    // Its owner is the next turn, or the `finally` below; until then nobody listens.
    bytes.catch(() => {})
    return { into, bytes }
  }
  let ahead = ask(0, start)
  try {
    for (let position = start, turn = 1; position < end; turn++) {
      const { into, bytes } = ahead
      // Shorter than when it was opened: what follows would not be the rest of this file.
      if ((await bytes) < into.length) throw diskError('conflict')
      refuse()
      position += into.length
      if (position < end) ahead = ask(turn, position)
      yield into
      refuse()
    }
  } finally {
    await ahead.bytes.catch(() => {})
    for (const buffer of pair) buffers.release(buffer)
  }
}

function slice(pair: readonly [Buffer, Buffer], turn: number, bytes: number): Buffer {
  return (turn % 2 === 0 ? pair[0] : pair[1]).subarray(0, bytes)
}
