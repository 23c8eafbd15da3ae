import { bufferPool } from '../../../core/buffer-pool.ts'

/** Where a socket's reads go: memory used again and again. */
export interface ReadArea {
  /** Where the next read may write. Asked for right after each read, before anybody has seen what it brought. */
  free(): Buffer
  /** So many bytes came into what was free last. */
  took(bytes: number): void
  /** What has come and was not yet given; null: nothing. What was given before may be overwritten from now on. */
  next(): Buffer | null
  /** So many bytes are due beyond what was given: what the next buffers are chosen by. */
  expect(bytes: number): void
  /** The connection is closed. What came may still be asked for. */
  close(): void
}

/** Enough for a head and a short body; what a connection keeps while it rests. */
const leastBytes = 16 * 1024
/** The longest record of TLS: with less room it comes in two pieces. */
const recordBytes = 16 * 1024

/** For long bodies. A few may have what is fastest: with many of them the processor's cache would not hold it. */
const longBuffers = bufferPool([
  { bytes: 64 * 1024, idle: 32 },
  { bytes: 256 * 1024, idle: 32 },
  { bytes: 1024 * 1024, idle: 2, most: 2 },
])

export interface ReadAreaOptions {
  /**
   * Whether reads go on after they were told to stop, as those of TLS sockets do, which hand out all the records of one read.
   * Each then goes behind the one before, so that a chunk is all of them.
   */
  readonly bundles: boolean
}

/** A buffer of 16 KiB, and others up to 1 MiB for as long as many bytes are due. */
export function readArea({ bundles }: ReadAreaOptions): ReadArea {
  let buffer: Buffer = Buffer.allocUnsafeSlow(leastBytes)
  let start = 0
  let end = 0
  let due = 0
  /** What came into buffers that were left since. */
  const before: Buffer[] = []
  const left: Buffer[] = []
  let isClosed = false

  function turn(): void {
    if (end > start) before.push(buffer.subarray(start, end))
    if (!isClosed) left.push(buffer)
    buffer = due > leastBytes && !isClosed ? longBuffers.lease(due) : Buffer.allocUnsafeSlow(leastBytes)
    start = 0
    end = 0
  }

  function isSized(): boolean {
    if (due <= 0) return buffer.length === leastBytes
    return due <= buffer.length || longBuffers.lengthFor(due) <= buffer.length
  }

  return {
    free() {
      const isCramped = bundles && buffer.length - end < Math.min(recordBytes, buffer.length / 2)
      if (isCramped || !isSized()) turn()
      return bundles ? buffer.subarray(end) : buffer
    },
    took(bytes) {
      if (!bundles) [start, end] = [0, 0]
      end += bytes
      due -= bytes
    },
    next() {
      const first = before.shift()
      if (first !== undefined) return first
      if (end > start) {
        const chunk = buffer.subarray(start, end)
        start = end
        return chunk
      }
      for (let old = left.pop(); old !== undefined; old = left.pop()) longBuffers.release(old)
      return null
    },
    expect(bytes) {
      due = before.reduce((left, chunk) => left - chunk.length, bytes - (end - start))
    },
    close() {
      if (isClosed) return
      isClosed = true
      for (const abandoned of [buffer, ...left.splice(0)]) longBuffers.forget(abandoned)
    },
  }
}
