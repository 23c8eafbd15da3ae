import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import { StoreError, type TransportCode } from '../errors.ts'
import { messageResponse } from './message-response.ts'
import type { HttpCall, HttpResponse, HttpTimeouts } from './http-types.ts'
import { watch, type Watch } from './watch.ts'

export interface ExchangeOptions {
  /** False: a connection of its own, closed afterwards. */
  readonly agent: http.Agent | false
  readonly timeouts: HttpTimeouts
  /** Certificates, and how addresses are found. */
  readonly connecting: https.RequestOptions
}

const continueMilliseconds = 1_000

/** One request and the head of its answer. @throws StoreError, GatewayError 'aborted'. */
export function exchange(call: HttpCall, options: ExchangeOptions): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    refuseWhenAborted(call.signal)
    const request = open(call, options)
    const timer = watch()
    let failure: Error | null = null
    let answer: http.IncomingMessage | null = null
    const fail = (error: Error) => {
      failure ??= error
      // Once the answer has begun, whoever reads it has to learn the reason.
      const open = answer ?? request
      open.destroy(error)
    }
    const onAbort = () => {
      if (call.signal) fail(abortedError(call.signal))
    }
    const release = () => {
      timer.stop()
      call.signal?.removeEventListener('abort', onAbort)
    }
    call.signal?.addEventListener('abort', onAbort, { once: true })
    request.on('error', (error) => {
      release()
      reject(failure ?? lost(error, request.reusedSocket))
    })
    request.on('close', () => {
      // Without an answer and without an error: nothing else would ever settle the promise.
      if (answer === null && request.destroyed) reject(failure ?? lost(null, request.reusedSocket))
    })
    request.on('response', (message) => {
      answer = message
      resolve(messageResponse({ message, request, timer, release, timeouts: options.timeouts }))
    })
    watchPhases(request, { call, timeouts: options.timeouts, timer, fail })
    sendBody(request, call)
  })
}

function open({ origin, method, target, headers, body = [], expectContinue }: HttpCall, options: ExchangeOptions) {
  const bytes = body.reduce((sum, piece) => sum + piece.length, 0)
  const hasBody = bytes > 0 || method === 'PUT' || method === 'POST'
  const { request } = origin.secure ? https : http
  return request({
    ...options.connecting,
    agent: options.agent,
    hostname: origin.hostname,
    port: origin.port,
    method,
    path: target,
    setDefaultHeaders: false,
    headers: {
      ...headers,
      connection: options.agent === false ? 'close' : 'keep-alive',
      ...(hasBody && { 'content-length': String(bytes) }),
      ...(expectContinue === true && { expect: '100-continue' }),
    },
  })
}

function sendBody(request: http.ClientRequest, { body = [], expectContinue }: HttpCall): void {
  const send = () => {
    for (const piece of body.slice(0, -1)) request.write(piece)
    request.end(body.at(-1))
  }
  if (expectContinue !== true) return send()
  // Some stores and proxies never say it, and are meant to get the body all the same.
  const impatience = setTimeout(send, continueMilliseconds)
  const stop = () => clearTimeout(impatience)
  request.once('continue', () => {
    stop()
    if (!request.writableEnded) send()
  })
  request.once('response', stop)
  request.once('close', stop)
  request.flushHeaders()
}

interface Phases {
  readonly call: HttpCall
  readonly timeouts: HttpTimeouts
  readonly timer: Watch
  readonly fail: (error: Error) => void
}

/** Connecting, sending, waiting for the answer: each has its own patience. Waiting for a free connection has none. */
function watchPhases(request: http.ClientRequest, { call, timeouts, timer, fail }: Phases): void {
  const late = (code: TransportCode, what: string) => () => {
    fail(new StoreError(`The store ${what}.`, { code, status: null }))
  }
  const sending = (socket: Socket) => {
    if (request.writableFinished) return
    timer.set(timeouts.noProgressMilliseconds, late('NoProgress', 'took no more bytes'), () => bytesMoved(socket))
  }
  let hasAnswer = false
  request.once('response', () => (hasAnswer = true))
  request.on('socket', (socket) => {
    if (!isConnecting(socket)) return sending(socket)
    timer.set(timeouts.connectMilliseconds, late('ConnectTimeout', 'did not take the connection'))
    socket.once(call.origin.secure ? 'secureConnect' : 'connect', () => sending(socket))
  })
  request.on('finish', () => {
    if (hasAnswer) return
    const patience = call.firstByteMilliseconds ?? timeouts.firstByteMilliseconds
    timer.set(patience, late('FirstByteTimeout', 'did not answer'))
  })
}

function isConnecting(socket: Socket): boolean {
  return socket.connecting || (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting === true
}

/** What the system took of what was written, and what came: bytes that wait in our own process are no progress. */
function bytesMoved(socket: Socket & { _handle?: { readonly writeQueueSize?: number } | null }): number {
  return socket.bytesRead + socket.bytesWritten - (socket._handle?.writeQueueSize ?? 0)
}

function lost(error: NodeJS.ErrnoException | null, isReused: boolean): StoreError {
  const refused = error?.syscall === 'connect' || error?.syscall === 'getaddrinfo' || error?.code?.startsWith('ERR_TLS')
  const code: TransportCode = refused === true ? 'ConnectFailed' : isReused ? 'StaleConnection' : 'ConnectionLost'
  return new StoreError('The connection to the store broke.', { code, status: null }, { cause: error })
}
