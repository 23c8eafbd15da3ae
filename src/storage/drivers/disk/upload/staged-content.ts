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
  readonly create: () => number
  /** Opened already, when the upload was found again. */
  readonly descriptor: number | null
  /** Where the next byte belongs. */
  readonly offset: number
  readonly buffers: BufferPool
  readonly pace: Pace
}

/** The bytes of one staged upload. Offsets are those in the whole file, so that what stays of an old file in front is a hole until it is filled. */
export interface StagedContent {
  readonly bytes: number
  readonly descriptor: number | null
  /** What waits in memory, behind all that is in the file. Valid until the next call. */
  readonly waiting: Buffer
  append(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<void>
  /** Puts everything into the file. Returns its descriptor. */
  toFile(): number
  truncate(bytes: number): Promise<void>
  close(): void
}

/** Written as it comes while the disk takes it at the speed of memory, else gathered in one buffer while the one before is written. */
export function stagedContent(source: ContentSource): StagedContent {
  return new Content(source)
}

class Content implements StagedContent {
  readonly #create: () => number
  readonly #buffers: BufferPool
  readonly #pace: Pace
  #descriptor: number | null
  /** All before this is in the file, or in the hole. */
  #written: number
  #buffer: Buffer | null = null
  #filled = 0
  #writing: Promise<void> | null = null
  #isAppending = false

  constructor({ create, descriptor, offset, buffers, pace }: ContentSource) {
    this.#create = create
    this.#buffers = buffers
    this.#pace = pace
    this.#descriptor = descriptor
    this.#written = offset
  }

  get bytes(): number {
    return this.#written + (this.#isAppending ? 0 : this.#filled)
  }

  get descriptor(): number | null {
    return this.#descriptor
  }

  get waiting(): Buffer {
    return this.#buffer?.subarray(0, this.#filled) ?? Buffer.alloc(0)
  }

  async append(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
    this.#isAppending = true
    try {
      for await (const chunk of untilAborted(body, signal)) {
        const taking = this.#take(chunk)
        if (taking !== null) await taking
      }
    } finally {
      try {
        await this.#settle()
      } finally {
        this.#isAppending = false
      }
    }
  }

  toFile(): number {
    const descriptor = (this.#descriptor ??= this.#create())
    if (this.#buffer !== null) writeAtNow(descriptor, this.#buffer.subarray(0, this.#filled), this.#written)
    this.#written += this.#filled
    this.#letGo()
    return descriptor
  }

  async truncate(bytes: number): Promise<void> {
    if (bytes >= this.#written) this.#filled = bytes - this.#written
    else {
      this.#letGo()
      this.#written = bytes
      if (this.#descriptor !== null) fs.ftruncateSync(this.#descriptor, bytes)
    }
  }

  close(): void {
    this.#letGo()
    if (this.#descriptor !== null) fs.closeSync(this.#descriptor)
    this.#descriptor = null
  }

  /** Null when it was done at once. */
  #take(chunk: Uint8Array): Promise<void> | null {
    const isSmall = this.#descriptor === null && this.#filled + chunk.length <= smallBytes
    if (!isSmall && chunk.length >= largeChunkBytes && this.#pace.isQuick()) return this.#putNow(chunk)
    if (this.#filled + chunk.length >= this.#buffers.largestBytes) return this.#gatherAndPass(chunk)
    for (let taken = 0; taken < chunk.length;) taken += this.#gather(chunk, taken)
    return null
  }

  async #putNow(chunk: Uint8Array): Promise<void> {
    if (this.#buffer !== null) await this.#pass()
    if (this.#writing !== null) await this.#writing
    this.#writing = null
    const descriptor = (this.#descriptor ??= this.#create())
    try {
      this.#pace.timed(() => writeAtNow(descriptor, chunk, this.#written))
      this.#written += chunk.length
    } catch (error) {
      cutBack(descriptor, this.#written)
      throw error
    }
  }

  async #gatherAndPass(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.length;) {
      taken += this.#gather(chunk, taken)
      if (this.#filled === this.#buffers.largestBytes) await this.#pass()
    }
  }

  /** Returns how much of it, from a byte on, had room. */
  #gather(chunk: Uint8Array, from: number): number {
    const buffer = (this.#buffer = this.#room(chunk.length - from))
    const piece = chunk.subarray(from, from + buffer.length - this.#filled)
    buffer.set(piece, this.#filled)
    this.#filled += piece.length
    return piece.length
  }

  /** A buffer with room in it. It starts small: most files are, and so are the first bytes of slow ones. */
  #room(bytes: number): Buffer {
    const buffer = this.#buffer
    if (buffer !== null && this.#filled < buffer.length) return buffer
    const { largestBytes } = this.#buffers
    const larger = this.#buffers.lease(this.#descriptor === null ? this.#filled + bytes : largestBytes)
    if (buffer !== null) {
      larger.set(buffer)
      this.#buffers.release(buffer)
    }
    return larger
  }

  /** Hands the buffer to the writer as soon as the one before is written. */
  async #pass(): Promise<void> {
    if (this.#buffer === null || this.#filled === 0) return
    try {
      this.#descriptor ??= this.#create()
      await this.#writing
    } catch (error) {
      this.#letGo()
      throw error
    }
    this.#writing = this.#put(this.#buffer, this.#filled, this.#descriptor)
    this.#buffer = null
    this.#filled = 0
    // Its owner is the next `pass`, or `settle`; until then nobody listens.
    this.#writing.catch(() => {})
  }

  async #put(full: Buffer, bytes: number, target: number): Promise<void> {
    try {
      await writeAt(target, full.subarray(0, bytes), this.#written)
      this.#written += bytes
    } catch (error) {
      cutBack(target, this.#written)
      throw error
    } finally {
      this.#buffers.release(full)
    }
  }

  /** Ends an append: small content stays in memory, all else goes into the file. After a failure the rest is lost. */
  async #settle(): Promise<void> {
    try {
      if (this.#descriptor !== null || this.#filled > smallBytes) await this.#pass()
      await this.#writing
    } finally {
      this.#writing = null
    }
  }

  #letGo(): void {
    if (this.#buffer !== null) this.#buffers.release(this.#buffer)
    this.#buffer = null
    this.#filled = 0
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
