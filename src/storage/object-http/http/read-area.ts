/** Where a socket's reads go: memory used again and again. */
export interface ReadArea {
  /** Where the next read may write. Asked for right after each read, before anybody has seen what it brought. */
  free(): Uint8Array
  /** So many bytes came into what was free last. */
  took(bytes: number): void
  /** What has come and was not yet given; null: nothing. What was given before may be overwritten from now on. */
  next(): Uint8Array | null
}

const firstBytes = 16 * 1024
/** Where the gain flattens. */
const mostBytes = 256 * 1024
/** The longest record of TLS: less room than that would cut it. */
const recordBytes = 16 * 1024

/** For plain sockets, which read once and stop. Grows when reads come full. */
export function growingArea(): ReadArea {
  let buffer = Buffer.allocUnsafeSlow(firstBytes)
  let filled: Uint8Array | null = null
  return {
    free: () => buffer,
    took(bytes) {
      filled = buffer.subarray(0, bytes)
      if (bytes === buffer.length && bytes < mostBytes) buffer = Buffer.allocUnsafeSlow(bytes * 4)
    },
    next() {
      const chunk = filled
      filled = null
      return chunk
    },
  }
}

/**
 * For TLS sockets, which go on handing out the records of one read after they were told to stop. Each goes behind the one
 * before, so that a chunk is all of them; at the end of the buffer another one takes its turn. A read begins only when all
 * chunks were given back, so the other one is free, but for reads longer than a whole buffer: those get a new one.
 */
export function recordArea(): ReadArea {
  let buffer: Buffer = Buffer.allocUnsafeSlow(mostBytes)
  let other: Buffer | null = null
  let start = 0
  let end = 0
  const full: Uint8Array[] = []

  function turn(): void {
    if (end > start) full.push(buffer.subarray(start, end))
    const isOtherFree = full.length < 2 && other !== null
    const following: Buffer = isOtherFree && other !== null ? other : Buffer.allocUnsafeSlow(mostBytes)
    other = buffer
    buffer = following
    start = 0
    end = 0
  }

  return {
    free() {
      if (buffer.length - end < recordBytes) turn()
      return buffer.subarray(end)
    },
    took(bytes) {
      end += bytes
    },
    next() {
      const before = full.shift()
      if (before !== undefined) return before
      if (end === start) return null
      const chunk = buffer.subarray(start, end)
      start = end
      return chunk
    },
  }
}
