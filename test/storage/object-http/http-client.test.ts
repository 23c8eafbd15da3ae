import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isGatewayError } from '../../../src/core/errors.ts'
import { StoreError } from '../../../src/storage/object-http/errors.ts'
import { byteServer } from './byte-server.ts'

const head = (bytes: number, more = '') => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\nETag: "e"\r\n${more}\r\n`
const isCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code

for (const secure of [false, true]) {
  describe(`answers over HTTP (${secure ? 'TLS' : 'clear'})`, () => {
    test('many megabytes arrive as they were, through chunks that are lent', async (t) => {
      const content = Buffer.alloc(24 * 1024 * 1024)
      for (let i = 0; i < content.length; i += 4) content.writeUInt32LE((i * 2654435761) >>> 0, i)
      const { client, call } = await byteServer(t, {
        secure,
        http: { timeouts: {} },
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
      const { client, call, requests } = await byteServer(t, {
        secure,
        answer: (socket, n) => socket.write(`${head(2)}a${n}`),
      })
      for (let i = 0; i < 4; i++) assert.equal(await (await client.send(call)).text(10), `a${i}`)
      assert.deepEqual(requests, [0, 0, 0, 0])
    })

    test('a body that ends early is an error; so is one that stands still, and one that is longer than it said', async (t) => {
      const answers = ['abc', 'abc', 'abcdefgh']
      const { client, call } = await byteServer(t, {
        secure,
        answer: (socket, n) => {
          socket.write(head(5) + (answers[n] ?? ''))
          if (n === 0) socket.end()
        },
      })
      await assert.rejects(async () => (await client.send(call)).text(100), isCode('EarlyEnd'))
      await assert.rejects(async () => (await client.send(call)).text(100), isCode('NoProgress'))
      await assert.rejects(async () => (await client.send(call)).text(100), isCode('EarlyEnd'))
    })

    test('whoever leaves while it reads, or before, ends the request', async (t) => {
      const { client, call } = await byteServer(t, {
        secure,
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

describe('connections', () => {
  test('the head may come in any pieces', async (t) => {
    const answer = `${head(3, 'X-A: 1\r\nX-A: 2\r\n')}abc`
    const cuts = fc.array(fc.integer({ min: 1, max: answer.length - 1 }), { maxLength: 5 })
    let pieces: readonly string[] = [answer]
    const { client, call } = await byteServer(t, {
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

  test('a kept connection that the store has closed is replaced unseen', async (t) => {
    const { client, call, requests } = await byteServer(t, {
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
    const { client, call, requests } = await byteServer(t, {
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
    const { client, call, requests } = await byteServer(t, {
      answer: (socket, n) => socket.write(`${head(2, n === 0 ? 'Connection: close\r\n' : '')}ok`),
    })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    const left = await client.send(call)
    left.close()
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 1, 2])
  })

  test('who has left is told so, also when all has come already', async (t) => {
    const { client, call } = await byteServer(t, { answer: (socket) => socket.write(`${head(3)}abc`) })
    const control = new AbortController()
    const response = await client.send({ ...call, signal: control.signal })
    control.abort()
    await assert.rejects(response.text(10), (error) => isGatewayError(error, 'aborted'))
    assert.equal(await (await client.send(call)).text(10), 'abc')
  })

  test('a header that would end its line is not sent', async (t) => {
    const { client, call, requests } = await byteServer(t, { answer: (socket) => socket.write(`${head(2)}ok`) })
    const headers = { ...call.headers, 'if-match': '"x"\r\nx-evil: 1' }
    await assert.rejects(client.send({ ...call, headers }), isCode('NotUnderstood'))
    assert.equal(requests.length, 0)
  })

  test('a certificate nobody trusts is refused', async (t) => {
    const { client, call } = await byteServer(t, {
      secure: true,
      http: { certificateAuthority: [] },
      answer: (socket) => socket.write(`${head(2)}ok`),
    })
    await assert.rejects(client.send(call), isCode('ConnectFailed'))
  })

  test('further calls wait for a connection when all are taken', async (t) => {
    const { client, call, requests } = await byteServer(t, {
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
  const { client, call } = await byteServer(t, {
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
