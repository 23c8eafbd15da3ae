import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

/** Hands requests on to a store, as they are, and counts them. */
export interface CountingProxy {
  readonly endpoint: string
  requests(): number
  close(): void
}

/** The host name stays the one that the client signed: the store must not be one that looks at it. */
export async function countingProxy(target: string): Promise<CountingProxy> {
  let count = 0
  const agent = new http.Agent({ keepAlive: true })
  const server = http.createServer((request, response) => {
    count++
    const { method = 'GET', url = '/', rawHeaders } = request
    const { hostname, port } = new URL(target)
    const onward = http.request({ hostname, port, method, path: url, headers: rawHeaders, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      pipeline(answer, response, () => {}) // a client that has left wants no answer
    })
    onward.once('error', () => response.destroy())
    pipeline(request, onward, () => {}) // told by the one above
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests: () => count,
    close() {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}
