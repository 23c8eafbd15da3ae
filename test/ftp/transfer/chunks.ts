import fc from 'fast-check'

/** Bytes that hold many line ends, cut anywhere into chunks. */
export const chunkedText = fc
  .array(fc.array(fc.constantFrom(13, 10, 65, 0xff), { maxLength: 12 }), { maxLength: 12 })
  .map((parts) => parts.map((part) => Buffer.from(part)))

/** Lends each chunk: its memory is overwritten as soon as the next one is asked for. */
export async function* lent(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(Math.max(1, ...chunks.map(({ length }) => length)))
  for (const chunk of chunks) {
    memory.fill(0x21)
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
  }
}

/** All that comes, copied at once. */
export async function collected(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
