import { createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { GatewayError } from '../../core/errors.ts'

/** MODE Z, download: the body as one zlib stream. */
export async function* deflated(body: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  yield* through(createDeflate({ level }), body)
}

const ratioLimit = 250
const ratioAppliesFromBytes = 16 * 1024 * 1024

/**
 * MODE Z, upload: what one zlib stream holds. Beyond 16 MiB it may not have grown more than 250 times: no honest file does.
 * @throws GatewayError 'too-large' beyond that, 'data-connection-lost' for a stream that is broken, cut off, or not the end.
 */
export async function* inflated(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const engine = createInflate()
  let compressedBytes = 0
  let bytes = 0
  async function* counting(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      compressedBytes += chunk.length
      yield chunk
    }
  }
  try {
    for await (const chunk of through(engine, counting())) {
      bytes += chunk.length
      if (bytes > ratioAppliesFromBytes && bytes > compressedBytes * ratioLimit)
        throw new GatewayError('too-large', 'The compressed data grows beyond all measure.')
      yield chunk
    }
    if (engine.bytesWritten < compressedBytes) throw behindTheEnd()
  } catch (error) {
    if (error instanceof GatewayError || !isZlibError(error)) throw error
    throw new GatewayError('data-connection-lost', 'The compressed data is broken.', { cause: error })
  }
}

function behindTheEnd(): GatewayError {
  return new GatewayError('data-connection-lost', 'The compressed data goes on behind its end.')
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

/** Feeds the engine chunk by chunk: the next is asked for only when the one before has been taken in, since it is lent. */
async function* through(engine: Deflate | Inflate, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const feeding = feed(engine, body)
  // The failure is thrown below; until then nobody else may call it unhandled.
  feeding.catch(() => {})
  try {
    for await (const chunk of engine as AsyncIterable<Uint8Array>) yield chunk
    await feeding
  } finally {
    engine.destroy()
  }
}

async function feed(engine: Deflate | Inflate, body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of body) await written(engine, chunk)
    engine.end()
  } catch (error) {
    engine.destroy(error as Error)
    throw error
  }
}

function written(engine: Deflate | Inflate, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (engine.readableEnded) return chunk.length === 0 ? resolve() : reject(behindTheEnd())
    const onClose = () =>
      reject(engine.readableEnded ? behindTheEnd() : new GatewayError('aborted', 'The transfer was ended.'))
    engine.once('close', onClose)
    engine.write(chunk, (error) => {
      engine.off('close', onClose)
      if (error) reject(error)
      else resolve()
    })
  })
}
