import { lookupWithLoopback } from './loopback-names.ts'
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { StoreError } from '../errors.ts'
import { contentReader } from './content-reader.ts'
import { exchange, type ExchangeOptions } from './exchange.ts'
import { defaultTimeouts, type HttpCall, type HttpResponse, type HttpTimeouts } from './http-types.ts'

/** One pool of kept connections. */
export interface HttpClient {
  /** @throws StoreError for anything but an answer, GatewayError 'aborted'. */
  send(call: HttpCall): Promise<HttpResponse>
  /** Closes every connection, those at work too. */
  close(): void
}

export interface HttpClientOptions {
  readonly timeouts?: Partial<HttpTimeouts>
  /** Connections at once; further calls wait. Default 256. */
  readonly mostConnections?: number
  /** Kept without work; default 64. */
  readonly mostIdleConnections?: number
  /** How long an idle connection is kept: shorter than stores do, so that they rarely close one we are about to use. */
  readonly idleMilliseconds?: number
  /** False: content is read by node:http like everything else. Default true. */
  readonly readsContentItself?: boolean
  /** Certificates of the authority that signed the store's, PEM; default those of Node. */
  readonly certificateAuthority?: string | readonly string[]
  /** Finds addresses another way than the system does. */
  readonly lookup?: LookupFunction
}

export function httpClient(options: HttpClientOptions = {}): HttpClient {
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const { certificateAuthority: ca, lookup = lookupWithLoopback } = options
  const connecting = {
    ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : [...ca] }),
    lookup,
  }
  const { mostConnections = 256, mostIdleConnections = 64, idleMilliseconds = 15_000 } = options
  const pool = {
    keepAlive: true,
    maxSockets: mostConnections,
    maxFreeSockets: mostIdleConnections,
    timeout: idleMilliseconds,
    scheduling: 'lifo',
    noDelay: true,
  } as const
  const content = contentReader({
    ...options,
    lookup,
    timeouts,
    mostConnections,
    // Each has a buffer of its own.
    mostIdleConnections: Math.min(mostIdleConnections, 16),
    idleMilliseconds,
  })
  const agents = { plain: new http.Agent(pool), secure: new https.Agent(pool) }

  async function send(call: HttpCall): Promise<HttpResponse> {
    if (call.readsContent === true && call.method === 'GET' && options.readsContentItself !== false) {
      const answer = await content.get(call)
      if (answer !== null) return answer
    }
    return await sendByNode(call)
  }

  async function sendByNode(call: HttpCall): Promise<HttpResponse> {
    const shared: ExchangeOptions = { agent: call.origin.secure ? agents.secure : agents.plain, timeouts, connecting }
    try {
      return await exchange(call, shared)
    } catch (error) {
      // The store closed a kept connection while our request was on its way: nobody has to hear of it.
      const isStale = error instanceof StoreError && error.code === 'StaleConnection'
      if (!isStale || call.isIdempotent === false) throw error
      return await exchange(call, { ...shared, agent: false })
    }
  }

  return {
    send,
    close() {
      content.close()
      agents.plain.destroy()
      agents.secure.destroy()
    },
  }
}
