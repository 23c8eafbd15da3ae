import type { ClientRequest, IncomingMessage } from 'node:http'
import { notUnderstood, StoreError, type TransportCode } from '../errors.ts'
import type { HttpResponse, HttpTimeouts } from './http-types.ts'
import type { Watch } from './watch.ts'

export interface Arrived {
  readonly message: IncomingMessage
  readonly request: ClientRequest
  readonly timer: Watch
  /** Lets go of timer and signal. */
  readonly release: () => void
  readonly timeouts: HttpTimeouts
}

/** The answer as node:http read its head. */
export function messageResponse(arrived: Arrived): HttpResponse {
  const { message, request, timer, release } = arrived
  timer.stop()
  message.on('close', release)
  // Whoever reads the body learns of it there; an answer nobody reads must not bring the process down.
  message.on('error', () => {})
  const body = chunks(arrived)
  return {
    status: message.statusCode ?? 0,
    headers: message.headers as Readonly<Record<string, string | undefined>>,
    body,
    text: (mostBytes) => readText(body, mostBytes),
    close() {
      // An answer that came before the whole request was sent leaves a connection that nobody can use again.
      if (!message.complete || !request.writableFinished) request.destroy()
      else message.resume()
      release()
    },
  }
}

async function* chunks({ message, request, timer, timeouts }: Arrived): AsyncGenerator<Uint8Array, void> {
  const late = () => {
    const code: TransportCode = 'NoProgress'
    message.destroy(new StoreError('The store stopped in the middle of its answer.', { code, status: null }))
  }
  const pieces = (message as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  try {
    for (;;) {
      // Only while somebody waits for bytes: a slow reader is not the store's fault.
      timer.set(timeouts.noProgressMilliseconds, late)
      const piece = await pieces.next()
      timer.stop()
      if (piece.done === true) break
      yield piece.value
    }
    if (!message.complete) throw earlyEnd(null)
  } catch (error) {
    throw error instanceof StoreError || message.errored === null || isOurs(error) ? error : earlyEnd(error)
  } finally {
    timer.stop()
    if (!message.complete || !request.writableFinished) request.destroy()
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof Error && error.name === 'GatewayError'
}

export function earlyEnd(cause: unknown): StoreError {
  const code: TransportCode = 'EarlyEnd'
  return new StoreError('The answer ended before its end.', { code, status: null }, { cause })
}

/** @throws StoreError 'NotUnderstood' when it is longer. */
export async function readText(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    bytes += piece.length
    if (bytes > mostBytes) throw notUnderstood('The answer is longer than any answer may be.')
    pieces.push(Buffer.from(piece))
  }
  return Buffer.concat(pieces).toString('utf8')
}
