/** Buffers of one size that are used again: allocating one for each transfer costs more than filling it. */
export interface BufferPool {
  readonly bufferBytes: number
  lease(): Buffer
  /** The buffer must not be touched afterwards. */
  release(buffer: Buffer): void
}

/** `idle` is how many unused ones are kept. */
export function bufferPool(bufferBytes: number, idle: number): BufferPool {
  const free: Buffer[] = []
  return {
    bufferBytes,
    lease: () => free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes),
    release(buffer) {
      if (free.length < idle) free.push(buffer)
    },
  }
}
