import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import tls from 'node:tls'
import fc from 'fast-check'
import { selfSigned } from '../../../src/ftp/data/self-signed.ts'
import { isGatewayError } from '../../../src/core/errors.ts'
import { StoreError } from '../../../src/storage/object-http/errors.ts'
import { httpClient, type HttpClientOptions } from '../../../src/storage/object-http/http/http-client.ts'
import type { HttpCall } from '../../../src/storage/object-http/http/http-types.ts'
import { growingArea, recordArea } from '../../../src/storage/object-http/http/read-area.ts'
import { parseResponseHead } from '../../../src/storage/object-http/http/response-head.ts'
import { toLoopback } from './double-client.ts'

const quick = { connectMilliseconds: 500, firstByteMilliseconds: 500, noProgressMilliseconds: 500 }

interface Served {
  readonly call: HttpCall
  readonly client: ReturnType<typeof httpClient>
  /** Requests so far: which connection they came on. */
  readonly requests: number[]
}

interface Serving {
  readonly secure?: boolean
  readonly http?: HttpClientOptions
  readonly answer: (socket: net.Socket, request: number) => unknown
}

/** A server that answers each request as the test says, byte by byte if need be. */
async function served(t: TestContext, { secure = false, http = {}, answer }: Serving): Promise<Served> {
  const requests: number[] = []
  const sockets = new Set<net.Socket>()
  let connections = 0
  const onConnection = (socket: net.Socket) => {
    const connection = connections++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        text = text.slice(end + 4)
        answer(socket, requests.push(connection) - 1)
      }
    })
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
  return {
    client,
    requests,
    call: { origin, method: 'GET', target: '/x', headers: { host: 'store.test' }, readsContent: true },
  }
}

const head = (bytes: number, more = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\nETag: "e"\r\n${more}\r\n`
const isCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code

for (const secure of [false, true]) {
  for (const readsContentItself of [true, false]) {
    const way = `${secure ? 'TLS' : 'clear'}, ${readsContentItself ? 'own reading' : 'node:http'}`
    const http = { readsContentItself }

    describe(`content over HTTP (${way})`, () => {
      test('many megabytes arrive as they were, through chunks that are lent', async (t) => {
        const content = Buffer.alloc(24 * 1024 * 1024)
        for (let i = 0; i < content.length; i += 4) content.writeUInt32LE((i * 2654435761) >>> 0, i)
        const { client, call } = await served(t, {
          secure,
          http: { ...http, timeouts: {} },
          answer: (socket) => socket.write(Buffer.concat([Buffer.from(head(content.length)), content])),
        })
        for (let round = 0; round < 2; round++) {
          const response = await client.send(call)
          const hash = createHash('sha1')
          let chunks = 0
          for await (const chunk of response.body) {
            // Some are slow: the store has to wait, and nothing may be overwritten meanwhile.
            if (chunks++ % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
            hash.update(chunk)
          }
          assert.equal(hash.digest('hex'), createHash('sha1').update(content).digest('hex'))
        }
      })

      test('connections are used again', async (t) => {
        const { client, call, requests } = await served(t, {
          secure,
          http,
          answer: (socket, n) => socket.write(`${head(2)}a${n}`),
        })
        for (let i = 0; i < 4; i++) assert.equal(await (await client.send(call)).text(10), `a${i}`)
        assert.deepEqual(requests, [0, 0, 0, 0])
      })

      test('a body that ends early is an error; so is one that stands still, and one that is longer than it said', async (t) => {
        const answers = ['abc', 'abc', 'abcdefgh']
        const { client, call } = await served(t, {
          secure,
          http,
          answer: (socket, n) => {
            socket.write(head(5) + (answers[n] ?? ''))
            if (n === 0) socket.end()
          },
        })
        await assert.rejects(async () => (await client.send(call)).text(100), isCode('EarlyEnd'))
        await assert.rejects(async () => (await client.send(call)).text(100), isCode('NoProgress'))
        if (readsContentItself)
          await assert.rejects(async () => (await client.send(call)).text(100), isCode('EarlyEnd'))
      })

      test('whoever leaves while it reads, or before, ends the request', async (t) => {
        const { client, call } = await served(t, {
          secure,
          http,
          answer: (socket, n) => n === 0 && socket.write(`${head(50)}abc`),
        })
        const reading = new AbortController()
        const response = await client.send({ ...call, signal: reading.signal })
        const read = async () => {
          for await (const _ of response.body) reading.abort()
        }
        await assert.rejects(read, (error) => isGatewayError(error, 'aborted'))
        const waiting = new AbortController()
        const send = client.send({ ...call, signal: waiting.signal })
        setTimeout(() => waiting.abort(), 30)
        await assert.rejects(send, (error) => isGatewayError(error, 'aborted'))
        await assert.rejects(client.send({ ...call, signal: AbortSignal.abort() }), (error) =>
          isGatewayError(error, 'aborted'),
        )
      })
    })
  }
}

describe('own reading', () => {
  test('the head may come in any pieces', async (t) => {
    const answer = `${head(3, 'X-A: 1\r\nX-A: 2\r\n')}abc`
    const cuts = fc.array(fc.integer({ min: 1, max: answer.length - 1 }), { maxLength: 5 })
    let pieces: readonly string[] = [answer]
    const { client, call } = await served(t, {
      answer: async (socket) => {
        for (const piece of pieces) {
          socket.write(piece)
          await new Promise((resolve) => setTimeout(resolve, 2))
        }
      },
    })
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const bounds = [0, ...new Set(at.toSorted((a, b) => a - b)), answer.length]
        pieces = bounds.slice(1).map((end, index) => answer.slice(bounds[index], end))
        const response = await client.send(call)
        assert.equal(response.headers['x-a'], '1, 2')
        assert.equal(await response.text(10), 'abc')
      }),
      { numRuns: 20 },
    )
  })

  test('an answer in chunks is read in the usual way instead', async (t) => {
    const chunked = 'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
    const { client, call, requests } = await served(t, { answer: (socket) => socket.write(chunked) })
    const response = await client.send(call)
    assert.deepEqual([response.status, await response.text(10)], [404, 'abc'])
    assert.equal(requests.length, 2)
  })

  test('a kept connection that the store has closed is replaced unseen', async (t) => {
    const { client, call, requests } = await served(t, {
      answer: (socket, n) => {
        if (n === 1) socket.resetAndDestroy()
        else socket.write(`${head(2)}ok`)
      },
    })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 0, 1])
  })

  test('bytes that nobody asked for are never taken for the next answer', async (t) => {
    const sent = Promise.withResolvers<void>()
    const { client, call, requests } = await served(t, {
      answer: (socket, n) => {
        socket.write(`${head(2)}ok`)
        if (n === 0) setTimeout(() => socket.write(`${head(4)}evil`, () => sent.resolve()), 20)
      },
    })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    await sent.promise
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 1])
  })

  test('"close" and a body left unread end the connection', async (t) => {
    const { client, call, requests } = await served(t, {
      answer: (socket, n) => socket.write(`${head(2, n === 0 ? 'Connection: close\r\n' : '')}ok`),
    })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    const left = await client.send(call)
    left.close()
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 1, 2])
  })

  test('a header that would end its line is not sent', async (t) => {
    const { client, call, requests } = await served(t, { answer: (socket) => socket.write(`${head(2)}ok`) })
    const headers = { ...call.headers, 'if-match': '"x"\r\nx-evil: 1' }
    await assert.rejects(client.send({ ...call, headers }), isCode('NotUnderstood'))
    assert.equal(requests.length, 0)
  })

  test('a certificate nobody trusts is refused', async (t) => {
    const { client, call } = await served(t, {
      secure: true,
      http: { certificateAuthority: [] },
      answer: (socket) => socket.write(`${head(2)}ok`),
    })
    await assert.rejects(client.send(call), isCode('ConnectFailed'))
  })

  test('further calls wait for a connection when all are taken', async (t) => {
    const { client, call, requests } = await served(t, {
      http: { mostConnections: 1 },
      answer: (socket) => socket.write(`${head(2)}ok`),
    })
    const texts = await Promise.all([1, 2, 3].map(async () => (await client.send(call)).text(10)))
    assert.deepEqual(
      [texts, requests],
      [
        ['ok', 'ok', 'ok'],
        [0, 0, 0],
      ],
    )
  })
})

test('who waits for a connection may leave, and takes no place with it', async (t) => {
  const { client, call } = await served(t, {
    http: { mostConnections: 1 },
    answer: (socket) => socket.write(`${head(2)}ok`),
  })
  const first = await client.send(call)
  const control = new AbortController()
  const second = client.send({ ...call, signal: control.signal })
  control.abort()
  await assert.rejects(second, (error) => isGatewayError(error, 'aborted'))
  assert.equal(await first.text(10), 'ok')
  assert.equal(await (await client.send(call)).text(10), 'ok')
})

describe('the head of an answer', () => {
  test('is read when it is plain', () => {
    const read = parseResponseHead('HTTP/1.1 206 Partial Content\r\ncontent-length: 7\r\nConnection: Close\r\nX:  a b ')
    assert.deepEqual([read?.status, read?.bodyBytes, read?.isLast, read?.headers['x']], [206, 7, true, 'a b'])
  })

  test('is left to others when it is not', () => {
    for (const text of [
      'HTTP/1.0 200 OK\r\nContent-Length: 1',
      'HTTP/1.1 100 Continue\r\nContent-Length: 1',
      'HTTP/1.1 204 No Content\r\nContent-Length: 0',
      'HTTP/1.1 200 OK',
      'HTTP/1.1 200 OK\r\nContent-Length: -1',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n folded',
      'HTTP/1.1 200 OK\r\nContent-Length : 1',
      'SSH-2.0-x',
      '',
    ])
      assert.equal(parseResponseHead(text), null, text)
  })

  test('never names what is no header', () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        assert.ok(parseResponseHead(`HTTP/1.1 200 OK\r\n${text}`) === null || /length/i.test(text)),
      ),
    )
  })
})

test('what is read stays as it is until the next is asked for, however reads are bundled', () => {
  const reads = fc.array(fc.array(fc.integer({ min: 1, max: 16_384 }), { minLength: 1, maxLength: 40 }), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(reads, (batches) => {
      const area = recordArea()
      let free = area.free()
      let written = 0
      let seen = 0
      for (const batch of batches) {
        for (const bytes of batch) {
          for (let i = 0; i < bytes; i++) free[i] = (written + i) % 251
          written += bytes
          area.took(bytes)
          free = area.free()
          assert.ok(free.length >= 16_384)
        }
        for (let chunk = area.next(); chunk !== null; chunk = area.next()) {
          assert.ok(chunk.every((byte, i) => byte === (seen + i) % 251))
          seen += chunk.length
        }
        assert.equal(seen, written)
      }
    }),
    { numRuns: 50 },
  )
})

test("a plain socket's buffer grows when reads come full, up to 256 KiB", () => {
  const area = growingArea()
  const sizes = [0, 0, 0, 0].map(() => {
    const { length } = area.free()
    area.took(length)
    area.next()
    return length / 1024
  })
  assert.deepEqual(sizes, [16, 64, 256, 256])
})
