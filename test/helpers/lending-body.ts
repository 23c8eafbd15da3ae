/**
 * A body as transfers lend it: every chunk comes in the same buffer, which is overwritten as soon as the next one is asked
 * for, and when nobody asks any more. Who keeps a chunk keeps rubbish.
 */
export async function* lendingBody(content: Uint8Array, chunkBytes = 1000): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(Math.min(chunkBytes, content.length))
  try {
    for (let offset = 0; offset < content.length; offset += chunkBytes) {
      const piece = content.subarray(offset, offset + chunkBytes)
      buffer.set(piece)
      yield buffer.subarray(0, piece.length)
      buffer.fill(0xee)
    }
  } finally {
    buffer.fill(0xee)
  }
}

/** The same, and then it breaks. */
export async function* brokenBody(
  content: Uint8Array,
  error: Error,
  chunkBytes = 1000,
): AsyncGenerator<Uint8Array, void> {
  yield* lendingBody(content, chunkBytes)
  throw error
}

/** Copies a lent body, and overwrites each chunk afterwards: that is its reader's right. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const chunk of body) {
    pieces.push(Buffer.from(chunk))
    chunk.fill(0xdd)
  }
  return Buffer.concat(pieces)
}

/** Bytes that show when they are moved, lost or doubled: no two neighbourhoods look alike. */
export function patternBytes(bytes: number, seed = 1): Uint8Array {
  const content = new Uint8Array(bytes)
  let state = seed
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    content[i] = state >>> 24
  }
  return content
}
