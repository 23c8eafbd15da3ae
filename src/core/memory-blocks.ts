/** The lengths blocks come in. Few of them, so that a block that was given back fits the next who asks. */
const blockSizes = [1_048_576, 262_144, 65_536, 16_384] as const
const smallestBytes = 16_384

/**
 * How long the next block of a buffer is that holds `heldBytes` and shall hold `mostBytes`: a sixteenth of what is there, as
 * far as there are such blocks. So a slow upload holds little more than what came, and a fast one few blocks.
 */
export function nextBlockBytes(heldBytes: number, mostBytes: number): number {
  const wanted = heldBytes < smallestBytes ? smallestBytes : heldBytes < 262_144 ? 65_536 : heldBytes < 4_194_304 ? 262_144 : 1_048_576 // prettier-ignore
  const longest = Math.min(wanted, mostBytes - heldBytes)
  return blockSizes.find((bytes) => bytes <= longest) ?? smallestBytes
}

/** Bytes of the blocks that take a buffer from `heldBytes` to at least `leastBytes`. */
export function blockBytesUpTo(leastBytes: number, heldBytes: number, mostBytes: number): number {
  let bytes = heldBytes
  while (bytes < leastBytes) bytes += nextBlockBytes(bytes, mostBytes)
  return bytes - heldBytes
}

export interface BlockPool {
  /** Bytes of all blocks there are, in use or not. */
  bytes(): number
  /** A block with whatever is in it. Those in use never exceed the pool's bound: that is the caller's part. */
  take(bytes: number): Buffer
  give(block: Buffer): void
}

/** Blocks that are used again and again, so that none waits for the garbage collector. At most `mostBytes` are kept. */
export function blockPool(mostBytes: number): BlockPool {
  const free = new Map<number, Buffer[]>(blockSizes.map((bytes) => [bytes, []]))
  let bytes = 0

  /** Largest first: the fewest blocks go. */
  function makeRoom(wantedBytes: number): void {
    for (const blocks of free.values()) {
      while (bytes + wantedBytes > mostBytes && blocks.length > 0) bytes -= blocks.pop()?.length ?? 0
    }
  }

  return {
    bytes: () => bytes,
    take(wantedBytes) {
      const again = free.get(wantedBytes)?.pop()
      if (again !== undefined) return again
      makeRoom(wantedBytes)
      bytes += wantedBytes
      // Slow means: never a piece of Node's shared pool, which would stay alive as long as any of its pieces.
      return Buffer.allocUnsafeSlow(wantedBytes)
    },
    give(block) {
      free.get(block.length)?.push(block)
    },
  }
}
