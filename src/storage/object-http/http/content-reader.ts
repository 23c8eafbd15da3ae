import { interruptible, semaphore, type Release } from '../../../core/concurrency.ts'
import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import { notUnderstood, StoreError, type TransportCode } from '../errors.ts'
import type { HttpCall, HttpResponse, HttpTimeouts } from './http-types.ts'
import type { LentConnection } from './lent-connection.ts'
import { lentPool, type LentPoolOptions } from './lent-pool.ts'
import { earlyEnd, readText } from './message-response.ts'
import { parseResponseHead, type ResponseHead } from './response-head.ts'
import { watch, type Watch } from './watch.ts'

/**
 * Reads the content of objects without node:http: a third of the CPU, nothing allocated per chunk. Only GET, and only plain
 * answers with a Content-Length; for others it returns null, and the call has to be made again in the usual way.
 */
export interface ContentReader {
  /** @throws StoreError, GatewayError 'aborted'. */
  get(call: HttpCall): Promise<HttpResponse | null>
  close(): void
}

export interface ContentReaderOptions extends LentPoolOptions {
  readonly timeouts: HttpTimeouts
  readonly mostConnections: number
}

const mostHeadBytes = 64 * 1024

export function contentReader(options: ContentReaderOptions): ContentReader {
  const { timeouts } = options
  const places = semaphore({ places: options.mostConnections })
  const pool = lentPool(options)

  async function get(call: HttpCall): Promise<HttpResponse | null> {
    const release = await placeFor(call)
    try {
      const reused = pool.takeIdle(call.origin)
      if (reused === null) return await attempt(call, pool.connect(call.origin), release)
      try {
        return await attempt(call, reused, release)
      } catch (error) {
        // The store closed a kept connection while our request was on its way: nobody has to hear of it.
        if (!(error instanceof StoreError) || error.code !== 'StaleConnection') throw error
        return await attempt(call, pool.connect(call.origin), release)
      }
    } catch (error) {
      release()
      throw error
    }
  }

  async function placeFor({ signal }: HttpCall): Promise<Release> {
    refuseWhenAborted(signal)
    const place = places.acquire()
    if (signal === undefined) return await place
    const waiting = interruptible(signal)
    try {
      return await waiting.wait(place)
    } catch {
      // It is still in the queue, and gives its turn on at once.
      place.then((release) => release()).catch(() => {})
      throw abortedError(signal)
    } finally {
      waiting.close()
    }
  }

  async function attempt(call: HttpCall, connection: LentConnection, release: Release): Promise<HttpResponse | null> {
    const guard = guarded(call, connection)
    try {
      guard.within(timeouts.connectMilliseconds, 'ConnectTimeout')
      await connection.opened
      guard.within(call.firstByteMilliseconds ?? timeouts.firstByteMilliseconds, 'FirstByteTimeout')
      connection.socket.write(requestHead(call), 'latin1')
      const read = await readHead(connection)
      guard.pause()
      if (read === null) {
        guard.end()
        connection.socket.destroy()
        release()
        return null
      }
      const finish = (isWhole: boolean) => {
        guard.end()
        if (isWhole && !read.head.isLast) pool.keep(call.origin, connection)
        else connection.socket.destroy()
        release()
      }
      return answerOf({ ...read, connection, guard, timeouts, finish })
    } catch (error) {
      guard.end()
      connection.socket.destroy()
      throw guard.failure() ?? (isOwn(error) ? error : broken(error, connection))
    }
  }

  return { get, close: () => pool.close() }
}

/** What ends a request from outside: the signal, and time. */
interface Guard {
  failure(): Error | null
  within(milliseconds: number, code: TransportCode): void
  pause(): void
  end(): void
}

function guarded({ signal }: HttpCall, connection: LentConnection): Guard {
  const timer: Watch = watch()
  let failure: Error | null = null
  const fail = (error: Error) => {
    failure ??= error
    connection.socket.destroy()
  }
  const onAbort = () => {
    if (signal) fail(abortedError(signal))
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    failure: () => failure,
    within: (milliseconds, code) => {
      timer.set(milliseconds, () => fail(new StoreError('The store took too long.', { code, status: null })))
    },
    pause: () => timer.stop(),
    end() {
      timer.stop()
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** @throws StoreError for a value that would end its line: an ETag comes from the store, and may hold anything. */
function requestHead({ method, target, headers }: HttpCall): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  if (Object.values(headers).some((value) => /[^\t\x20-\x7e\x80-\xff]/.test(value))) {
    throw notUnderstood('A header cannot hold what it was given.')
  }
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}connection: keep-alive\r\n\r\n`
}

interface Read {
  readonly head: ResponseHead
  /** What came behind the head; lent like any chunk. */
  readonly rest: Uint8Array
}

/** Null when it is not for us. @throws StoreError 'StaleConnection' when nothing at all came on a kept connection. */
async function readHead(connection: LentConnection): Promise<Read | null> {
  let before = Buffer.alloc(0)
  for (;;) {
    const chunk = await connection.next()
    if (chunk === null) throw earlyEnd(null)
    const all: Buffer =
      before.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([before, chunk])
    const end = all.indexOf('\r\n\r\n')
    if (end >= 0) {
      const head = parseResponseHead(all.toString('latin1', 0, end))
      return head && { head, rest: all.subarray(end + 4) }
    }
    if (all.length > mostHeadBytes) return null
    before = Buffer.from(all)
  }
}

function isOwn(error: unknown): boolean {
  return error instanceof StoreError && error.code === ('NotUnderstood' satisfies TransportCode)
}

function broken(error: unknown, { served, socket }: LentConnection): StoreError {
  const isConnecting = served === 0 && socket.bytesWritten === 0
  const isStale = served > 0 && error instanceof Error
  const code: TransportCode = isConnecting ? 'ConnectFailed' : isStale ? 'StaleConnection' : 'ConnectionLost'
  return new StoreError('The connection to the store broke.', { code, status: null }, { cause: error })
}

interface Answer extends Read {
  readonly connection: LentConnection
  readonly guard: Guard
  readonly timeouts: HttpTimeouts
  /** To be called once: whether the body was read to its end, and nothing came behind it. */
  readonly finish: (isWhole: boolean) => void
}

function answerOf(answer: Answer): HttpResponse {
  const { head } = answer
  let isFinished = false
  const finish = (isWhole: boolean) => {
    if (isFinished) return
    isFinished = true
    answer.finish(isWhole)
  }
  const body = chunks({ ...answer, finish })
  return {
    status: head.status,
    headers: head.headers,
    body,
    text: (mostBytes) => readText(body, mostBytes),
    close: () => finish(false),
  }
}

async function* chunks({ head, rest, connection, guard, timeouts, finish }: Answer): AsyncGenerator<Uint8Array, void> {
  let left = head.bodyBytes
  let chunk: Uint8Array | null = rest
  try {
    for (;;) {
      if (chunk.length > left) throw earlyEnd(new TypeError('More came than the answer was to have.'))
      left -= chunk.length
      if (chunk.length > 0) yield chunk
      // Not before: the chunk lies in the connection's own buffer.
      if (left === 0) return finish(true)
      // Only while somebody waits for bytes: a slow reader is not the store's fault.
      guard.within(timeouts.noProgressMilliseconds, 'NoProgress')
      chunk = await connection.next()
      guard.pause()
      if (guard.failure() !== null) throw guard.failure()
      if (chunk === null) throw earlyEnd(null)
    }
  } catch (error) {
    throw guard.failure() ?? (error instanceof StoreError ? error : earlyEnd(error))
  } finally {
    finish(false)
  }
}
