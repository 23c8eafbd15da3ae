const CR = 13
const LF = 10

/**
 * TYPE A, upload: each CRLF becomes LF, also when CR and LF come in different chunks; a lone CR or LF stays, and so does a
 * CR as the very last byte. Chunks are lent, and so are those that leave here.
 */
export async function* crlfToLf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let target = Buffer.alloc(0)
  let holdsCr = false
  for await (const chunk of body) {
    if (!holdsCr && chunk.indexOf(CR) < 0) {
      yield chunk
      continue
    }
    if (target.length < chunk.length + 1) target = Buffer.allocUnsafe(chunk.length + 1)
    let length = 0
    for (const byte of chunk) {
      if (holdsCr && byte !== LF) target[length++] = CR
      holdsCr = byte === CR
      if (!holdsCr) target[length++] = byte
    }
    if (length > 0) yield target.subarray(0, length)
  }
  if (holdsCr) yield Buffer.of(CR)
}

/** TYPE A, download: each LF that no CR precedes becomes CRLF; CRLF stays. */
export async function* lfToCrlf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let target = Buffer.alloc(0)
  let previous = 0
  for await (const chunk of body) {
    if (chunk.indexOf(LF) < 0) {
      previous = chunk.at(-1) ?? previous
      yield chunk
      continue
    }
    if (target.length < chunk.length * 2) target = Buffer.allocUnsafe(chunk.length * 2)
    let length = 0
    for (const byte of chunk) {
      if (byte === LF && previous !== CR) target[length++] = CR
      target[length++] = byte
      previous = byte
    }
    yield target.subarray(0, length)
  }
}
