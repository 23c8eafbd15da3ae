import type { LookupFunction } from 'node:net'
import { interruptible, semaphore, type Release, type Semaphore } from '../../../core/concurrency.ts'
import { abortedError, refuseWhenAborted } from '../../abortable.ts'
import { StoreError, type TransportCode } from '../errors.ts'
import { exchange } from './exchange.ts'
import { defaultTimeouts, type HttpCall, type HttpResponse, type HttpTimeouts } from './http-types.ts'
import { lentPool, type LentPool } from './lent-pool.ts'
import { lookupWithLoopback } from './loopback-names.ts'
import { requestHead } from './request-head.ts'

/** HTTP/1.1 over one pool of kept connections. */
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
  /** Certificates of the authority that signed the store's, PEM; default those of Node. */
  readonly certificateAuthority?: string | readonly string[]
  /** Finds addresses another way than the system does. */
  readonly lookup?: LookupFunction
}

export function httpClient(options: HttpClientOptions = {}): HttpClient {
  const { mostConnections = 256, mostIdleConnections = 64, idleMilliseconds = 15_000 } = options
  const { lookup = lookupWithLoopback } = options
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const places = semaphore({ places: mostConnections })
  const pool = lentPool({ ...options, lookup, mostIdleConnections, idleMilliseconds })

  async function send(call: HttpCall): Promise<HttpResponse> {
    const head = requestHead(call)
    try {
      return await attempt(call, head, (origin) => pool.takeIdle(origin) ?? pool.connect(origin))
    } catch (error) {
      // The store closed a kept connection while our request was on its way: nobody has to hear of it.
      const isStale = error instanceof StoreError && error.code === ('StaleConnection' satisfies TransportCode)
      if (!isStale || call.isIdempotent === false) throw error
      return await attempt(call, head, pool.connect)
    }
  }

  async function attempt(call: HttpCall, head: string, connect: LentPool['connect']): Promise<HttpResponse> {
    const release = places.take() ?? (await turn(places, call.signal))
    try {
      const connection = connect(call.origin)
      const done = (keepMilliseconds: number) => {
        pool.keep(call.origin, connection, keepMilliseconds)
        release()
      }
      return await exchange(call, { head, connection, timeouts, done })
    } catch (error) {
      release()
      throw error
    }
  }

  return { send, close: () => pool.close() }
}

/** Waits as long as it takes. @throws GatewayError 'aborted'. */
async function turn(places: Semaphore, signal: AbortSignal | undefined): Promise<Release> {
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
