import { once } from 'node:events'
import net from 'node:net'
import type { TestContext } from 'node:test'
import tls from 'node:tls'
import { selfSigned } from '../../../src/ftp/data/self-signed.ts'
import {
  httpClient,
  type HttpClient,
  type HttpClientOptions,
} from '../../../src/storage/object-http/http/http-client.ts'
import type { HttpCall } from '../../../src/storage/object-http/http/http-types.ts'
import { toLoopback } from './double-client.ts'

export const quick = { connectMilliseconds: 500, firstByteMilliseconds: 500, noProgressMilliseconds: 500 }

export interface Served {
  readonly call: HttpCall
  readonly client: HttpClient
  /** Requests so far: which connection they came on. */
  readonly requests: number[]
}

export interface Serving {
  readonly secure?: boolean
  readonly http?: HttpClientOptions
  /** A request has come, with its body. */
  readonly answer: (socket: net.Socket, request: number, body: Buffer) => unknown
  /** Its head has come. */
  readonly onHead?: (socket: net.Socket, head: string) => unknown
  /** False: what comes behind a head stays in the socket. */
  readonly reads?: boolean
}

/** A server that answers each request as the test says, byte by byte if need be. */
export async function byteServer(t: TestContext, serving: Serving): Promise<Served> {
  const { secure = false, http = {} } = serving
  const requests: number[] = []
  const sockets = new Set<net.Socket>()
  let connections = 0
  const onConnection = (socket: net.Socket) => {
    sockets.add(socket)
    const connection = connections++
    talk(socket, serving, () => requests.push(connection) - 1)
  }
  const certificate = selfSigned({ names: ['store.test'], now: new Date() })
  const server = secure
    ? tls.createServer({ key: certificate.key, cert: certificate.cert }, onConnection)
    : net.createServer(onConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ca = secure ? { certificateAuthority: certificate.cert } : {}
  const client = httpClient({ timeouts: quick, lookup: toLoopback, ...ca, ...http })
  t.after(() => {
    client.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as net.AddressInfo
  const origin = { secure, hostname: secure ? 'store.test' : '127.0.0.1', port }
  return { client, requests, call: { origin, method: 'GET', target: '/x', headers: { host: 'store.test' } } }
}

function talk(socket: net.Socket, { answer, onHead, reads = true }: Serving, begun: () => number): void {
  let come: Buffer[] = []
  let bytes = 0
  let due: { readonly request: number; readonly bytes: number } | null = null
  const take = (count: number): Buffer => {
    const all = Buffer.concat(come)
    come = [all.subarray(count)]
    bytes -= count
    return all.subarray(0, count)
  }
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    come.push(chunk)
    bytes += chunk.length
    for (;;) {
      if (due === null) {
        const end = Buffer.concat(come).indexOf('\r\n\r\n')
        if (end < 0) return
        const head = take(end + 4).toString('latin1')
        due = { request: begun(), bytes: Number(/^content-length: (\d+)/m.exec(head)?.[1] ?? 0) }
        if (!reads) socket.pause()
        onHead?.(socket, head)
      }
      if (bytes < due.bytes) return
      const { request } = due
      const body = take(due.bytes)
      due = null
      answer(socket, request, body)
    }
  })
}
