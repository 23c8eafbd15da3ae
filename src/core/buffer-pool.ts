/** Buffers that are used again: allocating one for each transfer, and collecting it, costs more than filling it. */
export interface BufferPool {
  /** The length of the largest ones. */
  readonly largestBytes: number
  /** The smallest buffer that holds so many bytes, or the largest there is. What stands in it is rubbish. */
  lease(bytes?: number): Buffer
  /** The buffer must not be touched afterwards. */
  release(buffer: Buffer): void
}

/** One size, in bytes, and how many unused buffers of it are kept. From small to large. */
export interface BufferSize {
  readonly bytes: number
  readonly idle: number
}

export function bufferPool(sizes: readonly [BufferSize, ...BufferSize[]]): BufferPool {
  const shelves = sizes.map(({ bytes, idle }) => ({ bytes, idle, free: [] as Buffer[] }))
  const largest = shelves.at(-1) ?? { bytes: 0, idle: 0, free: [] }
  return {
    largestBytes: largest.bytes,
    lease(wanted = largest.bytes) {
      const shelf = shelves.find(({ bytes }) => bytes >= wanted) ?? largest
      return shelf.free.pop() ?? Buffer.allocUnsafeSlow(shelf.bytes)
    },
    release(buffer) {
      const shelf = shelves.find(({ bytes }) => bytes === buffer.length)
      if (shelf !== undefined && shelf.free.length < shelf.idle) shelf.free.push(buffer)
    },
  }
}
