import type { Socket } from 'node:net'
import { isGatewayError } from '../../../core/errors.ts'
import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import { notUnderstood, StoreError, type TransportCode } from '../errors.ts'
import { AnswerBytes, earlyEnd } from './answer-bytes.ts'
import type { HttpCall, HttpResponse, HttpTimeouts } from './http-types.ts'
import type { LentConnection } from './lent-connection.ts'
import { bytesOf } from './request-head.ts'
import { sendBody, sendWhole, type BodySending } from './request-sending.ts'
import { contentOf, readText } from './response-body.ts'
import { parseResponseHead, type ResponseHead } from './response-head.ts'
import { watch } from './watch.ts'

export interface ExchangeOptions {
  /** What stands before the body. */
  readonly head: string
  readonly connection: LentConnection
  readonly timeouts: HttpTimeouts
  /** Called once, when nothing more comes of it: how many milliseconds the connection can be kept, 0 for not at all. */
  readonly done: (keepMilliseconds: number) => void
}

const continueMilliseconds = 1_000
const mostHeadBytes = 64 * 1024
const mostInterimAnswers = 16

/** One request and the head of its answer. @throws StoreError, GatewayError 'aborted'; the connection is closed then. */
export function exchange(call: HttpCall, options: ExchangeOptions): Promise<HttpResponse> {
  return new Exchange(call, options).run()
}

class Exchange {
  readonly #call: HttpCall
  readonly #options: ExchangeOptions
  readonly #connection: LentConnection
  readonly #bytes: AnswerBytes
  readonly #timer = watch()
  readonly #onAbort = () => this.#abort()
  /** What has ended it from outside: the signal, or time. */
  #failure: Error | null = null
  #phase: 'connecting' | 'asking' | 'answered' | 'over' = 'connecting'
  #isSent = false
  /** What the connection had received before it was asked. */
  #receivedBytes = 0
  /** Sends the body that waits for the store's "go on". */
  #goOn = nothingToDo

  constructor(call: HttpCall, options: ExchangeOptions) {
    this.#call = call
    this.#options = options
    this.#connection = options.connection
    this.#bytes = new AnswerBytes({ next: () => this.#next() })
  }

  async run(): Promise<HttpResponse> {
    const { signal } = this.#call
    try {
      refuseWhenAborted(signal)
      signal?.addEventListener('abort', this.#onAbort, { once: true })
      if (this.#connection.served === 0) await this.#opened()
      this.#send()
      const head = await this.#finalHead()
      if (!this.#isSent) await this.#refuseWhenTooEarly(head)
      this.#timer.stop()
      this.#phase = 'answered'
      return this.#answer(head)
    } catch (error) {
      const reason = this.#reason(error)
      this.#end(0)
      throw reason
    }
  }

  async #opened(): Promise<void> {
    this.#within(this.#options.timeouts.connectMilliseconds, 'ConnectTimeout')
    await this.#connection.opened
  }

  #send(): void {
    const { body = [], expectContinue = false } = this.#call
    const { head, connection, timeouts } = this.#options
    const { socket } = connection
    const bodyBytes = bytesOf(body)
    const sending = { socket, body, bodyBytes, sent: () => this.#sent(), isWanted: () => this.#phase === 'asking' }
    this.#phase = 'asking'
    this.#receivedBytes = connection.receivedBytes()
    const isAsked = expectContinue && bodyBytes > 0
    if (isAsked) this.#sendWhenAsked(head, sending)
    else sendWhole(head, sending)
    // What the system took at once needs no patience of its own.
    if (!isAsked && socket.writableLength === 0) this.#sent()
    else this.#within(timeouts.noProgressMilliseconds, 'NoProgress', () => bytesMoved(socket))
  }

  /** Some stores and proxies never say it, and are meant to get the body all the same. */
  #sendWhenAsked(head: string, sending: BodySending): void {
    sending.socket.write(head, 'latin1')
    const impatience = setTimeout(() => this.#goOn(), continueMilliseconds)
    this.#goOn = () => {
      clearTimeout(impatience)
      this.#goOn = nothingToDo
      if (this.#phase === 'asking') sendBody(sending)
    }
  }

  #sent(): void {
    if (this.#isSent) return
    this.#isSent = true
    if (this.#phase !== 'asking') return
    this.#within(this.#call.firstByteMilliseconds ?? this.#options.timeouts.firstByteMilliseconds, 'FirstByteTimeout')
  }

  /** Skips what the store says in between. RFC 9110 §15.2. */
  async #finalHead(): Promise<ResponseHead> {
    for (let interim = 0; interim <= mostInterimAnswers; interim++) {
      const text = await this.#bytes.head(mostHeadBytes)
      if (text === null) throw earlyEnd(null)
      const head = parseResponseHead(text, this.#call.method)
      if (head.status >= 200) return head
      if (head.status === 101) break
      if (head.status === 100) this.#goOn()
    }
    throw notUnderstood('The answer is none to what was asked.')
  }

  /**
   * No store can have taken what was not sent: a success before that belongs to another request. TLS says a turn later than
   * the answer may come that it has sent everything.
   */
  async #refuseWhenTooEarly({ status }: ResponseHead): Promise<void> {
    await new Promise(setImmediate)
    if (!this.#isSent && status < 300) throw notUnderstood('The answer is older than the request.')
  }

  #next(): Promise<Buffer | null> {
    // Only while somebody waits for bytes: a slow reader is not the store's fault.
    if (this.#phase === 'answered') this.#within(this.#options.timeouts.noProgressMilliseconds, 'NoProgress')
    return this.#bytes.hasBegun() ? this.#connection.next() : this.#first()
  }

  /** TLS hands out the records of one read one by one: what had come with the answer before is none to this request. */
  async #first(): Promise<Buffer | null> {
    const piece = await this.#connection.next()
    if (piece !== null && this.#connection.receivedBytes() === this.#receivedBytes)
      throw new TypeError('The answer came before the request.')
    return piece
  }

  #answer(head: ResponseHead): HttpResponse {
    const { status, headers, framing } = head
    // An answer that came before the whole request was sent leaves a connection that nobody can use again.
    const keepMilliseconds = this.#isSent && !head.isLast ? keptFor(head) : 0
    this.#goOn()
    if (framing === 0) this.#endWhole(keepMilliseconds)
    const body = framing === 0 ? nothing : this.#body(head, keepMilliseconds)
    return {
      status,
      headers,
      body,
      text: (mostBytes) => readText(body, mostBytes),
      close: () => this.#end(0),
    }
  }

  async *#body({ framing }: ResponseHead, keepMilliseconds: number): AsyncGenerator<Uint8Array, void> {
    try {
      const next = contentOf(this.#bytes, framing, (bytes) => this.#connection.expect(bytes))
      for (;;) {
        const chunk = await next()
        this.#timer.stop()
        if (this.#failure !== null) throw this.#failure
        if (chunk === null) break
        yield chunk
      }
      if (this.#bytes.waiting() > 0) throw earlyEnd(new TypeError('More came than the answer was to have.'))
      this.#endWhole(keepMilliseconds)
    } catch (error) {
      throw this.#failure ?? (error instanceof StoreError ? error : earlyEnd(error))
    } finally {
      this.#end(0)
    }
  }

  #endWhole(keepMilliseconds: number): void {
    // Bytes that nobody asked for would be taken for the next answer.
    this.#end(this.#bytes.waiting() === 0 ? keepMilliseconds : 0)
  }

  #end(keepMilliseconds: number): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#timer.stop()
    this.#goOn()
    this.#call.signal?.removeEventListener('abort', this.#onAbort)
    this.#options.done(keepMilliseconds)
  }

  #within(milliseconds: number, code: TransportCode, progress?: () => number): void {
    const late = () => this.#fail(new StoreError('The store took too long.', { code, status: null }))
    this.#timer.set(milliseconds, late, progress)
  }

  #abort(): void {
    if (this.#call.signal) this.#fail(abortedError(this.#call.signal))
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#connection.socket.destroy()
  }

  #reason(error: unknown): Error {
    if (this.#failure !== null) return this.#failure
    if (error instanceof StoreError && error.code === ('NotUnderstood' satisfies TransportCode)) return error
    if (isGatewayError(error)) return error
    return new StoreError(
      'The connection to the store broke.',
      { code: this.#broken(), status: null },
      { cause: error },
    )
  }

  #broken(): TransportCode {
    if (this.#phase === 'connecting') return 'ConnectFailed'
    return !this.#bytes.hasBegun() && this.#connection.served > 0 ? 'StaleConnection' : 'ConnectionLost'
  }
}

/** What the system took of what was written, and what came: bytes that wait in our own process are no progress. */
function bytesMoved(socket: Socket & { _handle?: { readonly writeQueueSize?: number } | null }): number {
  return socket.bytesRead + socket.bytesWritten - (socket._handle?.writeQueueSize ?? 0)
}

/** A second less than the store keeps it, when it says so: Infinity else. */
function keptFor({ headers }: ResponseHead): number {
  const seconds = /\btimeout=(\d{1,6})\b/i.exec(headers['keep-alive'] ?? '')?.[1]
  return seconds === undefined ? Infinity : Number(seconds) * 1000 - 1000
}

function nothingToDo(): void {}

const nothing: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} }
