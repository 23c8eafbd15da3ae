/** Buffers that are used again: allocating one for each transfer, and collecting it, costs more than filling it. */
export interface BufferPool {
  /** The length of the largest ones. */
  readonly largestBytes: number
  /** How long the buffer would be that `lease` gives now. */
  lengthFor(bytes: number): number
  /** The smallest buffer that holds so many bytes, or the largest there is now. What stands in it is rubbish. */
  lease(bytes?: number): Buffer
  /** The buffer must not be touched afterwards. */
  release(buffer: Buffer): void
  /** In place of `release`, where somebody may still touch it: it is not used again. */
  forget(buffer: Buffer): void
}

/** One size, in bytes, and how many unused buffers of it are kept. From small to large. */
export interface BufferSize {
  readonly bytes: number
  readonly idle: number
  /** How many there may be at a time. Left out: any number. Not of the smallest. */
  readonly most?: number
}

interface Shelf extends Required<BufferSize> {
  readonly free: Buffer[]
  leased: number
}

export function bufferPool(sizes: readonly [BufferSize, ...BufferSize[]]): BufferPool {
  const shelves = sizes.map((size): Shelf => ({ most: Infinity, ...size, free: [], leased: 0 }))
  const largestBytes = shelves.at(-1)?.bytes ?? 0

  function shelfFor(bytes: number): Shelf | undefined {
    let index = shelves.findIndex((shelf) => shelf.bytes >= bytes)
    if (index < 0) index = shelves.length - 1
    while (index > 0 && (shelves[index]?.leased ?? 0) >= (shelves[index]?.most ?? 0)) index--
    return shelves[index]
  }

  function returned({ length }: Buffer): Shelf | undefined {
    const shelf = shelves.find(({ bytes }) => bytes === length)
    if (shelf !== undefined) shelf.leased--
    return shelf
  }

  return {
    largestBytes,
    lengthFor: (bytes) => shelfFor(bytes)?.bytes ?? 0,
    lease(bytes = largestBytes) {
      const shelf = shelfFor(bytes)
      if (shelf === undefined) return Buffer.allocUnsafeSlow(bytes)
      shelf.leased++
      return shelf.free.pop() ?? Buffer.allocUnsafeSlow(shelf.bytes)
    },
    release(buffer) {
      const shelf = returned(buffer)
      if (shelf !== undefined && shelf.free.length < shelf.idle) shelf.free.push(buffer)
    },
    forget: (buffer) => void returned(buffer),
  }
}
