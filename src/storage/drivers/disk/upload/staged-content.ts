import fs from 'node:fs'
import { untilAborted } from '../../../abortable.ts'
import type { BufferPool } from '../../../../core/buffer-pool.ts'
import { writeAt, writeAtNow } from '../io/file-io.ts'
import type { Pace } from '../io/pace.ts'

/** Up to here a body waits in memory, and is written by one synchronous call when it is published. */
export const smallBytes = 65_536
/** From here a chunk is worth a call of its own. */
const largeChunkBytes = 16_384

export interface ContentSource {
  /** Makes the staged file; called once, before its first byte. */
  readonly create: () => Promise<number>
  /** Opened already, when the upload was found again. */
  readonly descriptor: number | null
  /** Where the next byte belongs. */
  readonly offset: number
  readonly buffers: BufferPool
  readonly pace: Pace
}

export type StagedContent = ReturnType<typeof stagedContent>

/**
 * The bytes of one staged upload: written as they come while the disk takes them at the speed of memory, else gathered in one
 * buffer while the one before is written. Offsets are those in the whole
 * file, so that what stays of an old file in front is a hole here until it is filled.
 */
export function stagedContent({ create, descriptor: opened, offset, buffers, pace }: ContentSource) {
  let descriptor = opened
  /** All before this is in the file, or in the hole. */
  let written = offset
  let buffer: Buffer | null = null
  let filled = 0
  let writing: Promise<void> | null = null
  let isAppending = false

  return {
    get bytes() {
      return written + (isAppending ? 0 : filled)
    },
    get descriptor() {
      return descriptor
    },
    /** What waits in memory, behind all that is in the file. Valid until the next call. */
    get waiting(): Buffer {
      return buffer?.subarray(0, filled) ?? Buffer.alloc(0)
    },
    async append(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
      isAppending = true
      try {
        for await (const chunk of untilAborted(body, signal)) await take(chunk)
      } finally {
        try {
          await settle()
        } finally {
          isAppending = false
        }
      }
    },
    /** Puts everything into the file. Returns its descriptor. */
    async toFile(): Promise<number> {
      descriptor ??= await create()
      if (buffer !== null) writeAtNow(descriptor, buffer.subarray(0, filled), written)
      written += filled
      letGo()
      return descriptor
    },
    async truncate(bytes: number): Promise<void> {
      if (bytes >= written) filled = bytes - written
      else {
        letGo()
        written = bytes
        if (descriptor !== null) fs.ftruncateSync(descriptor, bytes)
      }
    },
    close(): void {
      letGo()
      if (descriptor !== null) fs.closeSync(descriptor)
      descriptor = null
    },
  }

  async function take(chunk: Uint8Array): Promise<void> {
    const isSmall = descriptor === null && filled + chunk.length <= smallBytes
    if (!isSmall && chunk.length >= largeChunkBytes && pace.isQuick()) await putNow(chunk)
    else await gather(chunk)
  }

  async function putNow(chunk: Uint8Array): Promise<void> {
    if (buffer !== null) await pass()
    if (writing !== null) await writing
    writing = null
    descriptor ??= await create()
    try {
      const target = descriptor
      pace.timed(() => writeAtNow(target, chunk, written))
      written += chunk.length
    } catch (error) {
      cutBack(descriptor, written)
      throw error
    }
  }

  async function gather(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.length;) {
      buffer = room(chunk.length - taken)
      const piece = chunk.subarray(taken, taken + buffer.length - filled)
      buffer.set(piece, filled)
      filled += piece.length
      taken += piece.length
      if (filled === buffers.largestBytes) await pass()
    }
  }

  /** A buffer with room in it. It starts small: most files are, and so are the first bytes of slow ones. */
  function room(bytes: number): Buffer {
    if (buffer !== null && filled < buffer.length) return buffer
    const larger = buffers.lease(descriptor === null ? filled + bytes : buffers.largestBytes)
    if (buffer !== null) {
      larger.set(buffer)
      buffers.release(buffer)
    }
    return larger
  }

  /** Hands the buffer to the writer as soon as the one before is written. */
  async function pass(): Promise<void> {
    if (buffer === null || filled === 0) return
    try {
      descriptor ??= await create()
      await writing
    } catch (error) {
      letGo()
      throw error
    }
    writing = put(buffer, filled, descriptor)
    buffer = null
    filled = 0
    // Its owner is the next `pass`, or `settle`; until then nobody listens.
    writing.catch(() => {})
  }

  async function put(full: Buffer, bytes: number, target: number): Promise<void> {
    try {
      await writeAt(target, full.subarray(0, bytes), written)
      written += bytes
    } catch (error) {
      cutBack(target, written)
      throw error
    } finally {
      buffers.release(full)
    }
  }

  /** Ends an append: small content stays in memory, all else goes into the file. After a failure the rest is lost. */
  async function settle(): Promise<void> {
    try {
      if (descriptor !== null || filled > smallBytes) await pass()
      await writing
    } finally {
      writing = null
    }
  }

  function letGo(): void {
    if (buffer !== null) buffers.release(buffer)
    buffer = null
    filled = 0
  }
}

/** Takes away what a failed write left behind. Best effort: the failure itself is what gets told. */
function cutBack(descriptor: number, bytes: number): void {
  try {
    fs.ftruncateSync(descriptor, bytes)
  } catch {
    // A disk that cannot write may not be able to cut either; a length that does not fit is found when publishing.
  }
}
