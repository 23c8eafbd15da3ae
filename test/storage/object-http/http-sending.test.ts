import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type net from 'node:net'
import { describe, test } from 'node:test'
import { isGatewayError } from '../../../src/core/errors.ts'
import { StoreError } from '../../../src/storage/object-http/errors.ts'
import { until } from '../../helpers/until.ts'
import { byteServer, quick } from './byte-server.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const mib = 1024 ** 2
const isCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
/** More than a system takes for a peer that does not read. */
const endless = [Buffer.alloc(24 * mib), Buffer.alloc(24 * mib)]

for (const secure of [false, true]) {
  describe(`requests over HTTP (${secure ? 'TLS' : 'clear'})`, () => {
    for (const sizes of [[], [0], [4096], [1, 0, 2], [70_000], [3 * mib, 0, 5, mib + 1]]) {
      test(`a body of ${sizes.join(' + ') || 'nothing'} arrives as it is, and the connection is kept`, async (t) => {
        const bodies: Buffer[] = []
        const { client, call, requests } = await byteServer(t, {
          secure,
          http: { timeouts: {} },
          answer: (socket, _, body) => {
            bodies.push(body)
            socket.write(ok)
          },
        })
        const body = sizes.map((size) => randomBytes(size))
        for (let round = 0; round < 2; round++)
          assert.equal(await (await client.send({ ...call, method: 'PUT', body })).text(10), 'ok')
        const hashOf = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex')
        assert.deepEqual(
          bodies.map(hashOf),
          [0, 0].map(() => hashOf(Buffer.concat(body))),
        )
        assert.deepEqual(requests, [0, 0])
      })
    }

    test('an answer before the whole request was sent is read, and ends the connection', async (t) => {
      const { client, call, requests } = await byteServer(t, {
        secure,
        reads: false,
        onHead: (socket) => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'),
        answer: () => assert.fail('the whole body was sent'),
      })
      for (let round = 0; round < 2; round++) {
        const response = await client.send({ ...call, method: 'PUT', body: endless })
        assert.deepEqual([response.status, await response.text(10)], [403, 'no'])
      }
      assert.deepEqual(requests, [0, 1])
    })

    test('a success before the whole request was sent proves nothing', async (t) => {
      const early = ['', 'Content-Length: 0', 'Content-Length: 2\r\n\r\nok', 'Transfer-Encoding: chunked\r\n\r\n0']
      const { client, call, requests } = await byteServer(t, {
        secure,
        reads: false,
        onHead: (socket) => socket.write(`HTTP/1.1 200 OK\r\nETag: "x"\r\n${early[requests.length - 1]}\r\n\r\n`),
        answer: () => assert.fail('the whole body was sent'),
      })
      for (const _ of early)
        await assert.rejects(client.send({ ...call, method: 'PUT', body: endless }), isCode('NotUnderstood'))
      assert.deepEqual(requests, [0, 1, 2, 3])
    })

    test('a store that takes no more bytes is given up', async (t) => {
      const { client, call } = await byteServer(t, { secure, reads: false, answer: () => {} })
      await assert.rejects(client.send({ ...call, method: 'PUT', body: endless }), isCode('NoProgress'))
    })

    test('a store that takes them slowly is not', async (t) => {
      const timeouts = { ...quick, firstByteMilliseconds: 5_000, noProgressMilliseconds: 1_000 }
      const slow = (socket: net.Socket) => {
        socket.pause()
        const timer = setInterval(() => {
          socket.resume()
          setImmediate(() => socket.pause())
        }, 5)
        socket.once('close', () => clearInterval(timer))
      }
      const { client, call } = await byteServer(t, {
        secure,
        http: { timeouts },
        onHead: slow,
        answer: (socket) => socket.write(ok),
      })
      const response = await client.send({ ...call, method: 'PUT', body: [Buffer.alloc(32 * mib)] })
      assert.equal(await response.text(10), 'ok')
    })

    test('whoever leaves while it is sent ends the request', async (t) => {
      let isClosed = false
      const { client, call } = await byteServer(t, {
        secure,
        reads: false,
        onHead: (socket) => {
          socket.once('close', () => (isClosed = true))
          setTimeout(() => socket.resume(), 100)
        },
        answer: () => {},
      })
      const control = new AbortController()
      const send = client.send({ ...call, method: 'PUT', body: endless, signal: control.signal })
      setTimeout(() => control.abort(), 50)
      await assert.rejects(send, (error) => isGatewayError(error, 'aborted'))
      await until('the connection is closed', () => isClosed)
    })
  })
}

describe('"100 Continue"', () => {
  const body = [Buffer.from('content')]

  test('lets the body go; other news in between does not', async (t) => {
    const heard: string[] = []
    const { client, call, requests } = await byteServer(t, {
      onHead: async (socket, head) => {
        heard.push(/^expect: .*$/m.exec(head)?.[0] ?? 'nothing')
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
        await wait(50)
        heard.push('go on')
        socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      },
      answer: (socket, _, content) => {
        heard.push(content.toString())
        socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${ok}`)
      },
    })
    for (let round = 0; round < 2; round++)
      assert.equal(await (await client.send({ ...call, method: 'PUT', body, expectContinue: true })).text(10), 'ok')
    assert.deepEqual(heard.slice(0, 3), ['expect: 100-continue', 'go on', 'content'])
    assert.deepEqual(requests, [0, 0])
  })

  test('is not waited for longer than a second', async (t) => {
    const { client, call } = await byteServer(t, {
      http: { timeouts: {} },
      answer: (socket, _, content) => socket.write(ok.replace('ok', content.toString('latin1', 0, 2))),
    })
    const response = await client.send({ ...call, method: 'PUT', body, expectContinue: true })
    assert.equal(await response.text(10), 'co')
  })

  test('is not said when the answer is: then the body stays, and the connection ends', async (t) => {
    const { client, call, requests } = await byteServer(t, {
      onHead: (socket) => socket.write('HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n'),
      answer: () => assert.fail('the body was sent'),
    })
    for (let round = 0; round < 2; round++)
      assert.equal((await client.send({ ...call, method: 'PUT', body, expectContinue: true })).status, 412)
    await wait(1_200)
    assert.deepEqual(requests, [0, 1])
  })

  test('is not said when the answer is a success: that is of another request', async (t) => {
    const { client, call } = await byteServer(t, {
      onHead: (socket) => socket.write(ok),
      answer: () => assert.fail('the body was sent'),
    })
    await assert.rejects(client.send({ ...call, method: 'PUT', body, expectContinue: true }), isCode('NotUnderstood'))
  })
})

describe('answers', () => {
  test('that say "not yet" too often, or change the protocol, are refused', async (t) => {
    const interim = [
      'HTTP/1.1 102 Processing\r\n\r\n'.repeat(17),
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    ]
    const { client, call } = await byteServer(t, { answer: (socket, n) => socket.write(`${interim[n] ?? ''}${ok}`) })
    await assert.rejects(client.send(call), isCode('NotUnderstood'))
    await assert.rejects(client.send(call), isCode('NotUnderstood'))
    assert.equal(await (await client.send(call)).text(10), 'ok')
  })

  test('without a body leave the connection to the next, whatever length they say', async (t) => {
    const heads = ['200 OK\r\nContent-Length: 5', '304 X\r\nContent-Length: 5', '204 X', '200 OK\r\nContent-Length: 0']
    const { client, call, requests } = await byteServer(t, {
      answer: (socket, n) => socket.write(`HTTP/1.1 ${heads[n % 4]}\r\n\r\n`),
    })
    for (const method of ['HEAD', 'GET', 'DELETE', 'GET', 'HEAD']) {
      const response = await client.send({ ...call, method })
      assert.equal(await response.text(10), '')
      response.close()
    }
    assert.deepEqual(requests, [0, 0, 0, 0, 0])
  })

  test('in chunks are read, and the connection is kept', async (t) => {
    const chunked =
      'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nX: y\r\n\r\n'
    const { client, call, requests } = await byteServer(t, { answer: (socket) => socket.write(chunked) })
    for (let round = 0; round < 2; round++) {
      const response = await client.send(call)
      assert.deepEqual([response.status, await response.text(10)], [404, 'abcde'])
    }
    assert.deepEqual(requests, [0, 0])
  })

  test('of no length, and those of HTTP/1.0, end with their connection', async (t) => {
    const heads = ['HTTP/1.1 200 OK', 'HTTP/1.0 200 OK', 'HTTP/1.0 200 OK\r\nContent-Length: 3']
    const { client, call, requests } = await byteServer(t, {
      answer: (socket, n) => {
        socket.write(`${heads[n]}\r\n\r\nabc`)
        if (n < 2) socket.end()
      },
    })
    for (let round = 0; round < 3; round++) assert.equal(await (await client.send(call)).text(10), 'abc')
    assert.deepEqual(requests, [0, 1, 2])
  })

  test('of no length that are cut off are no answers', async (t) => {
    const { client, call } = await byteServer(t, {
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\nabc')
        setTimeout(() => socket.resetAndDestroy(), 50)
      },
    })
    const response = await client.send(call)
    await assert.rejects(response.text(10), isCode('EarlyEnd'))
  })

  test('that are too long for their reader are refused', async (t) => {
    const { client, call } = await byteServer(t, { answer: (socket) => socket.write(ok) })
    await assert.rejects(async () => (await client.send(call)).text(1), isCode('NotUnderstood'))
  })

  test('with a head of no end are refused', async (t) => {
    const { client, call } = await byteServer(t, {
      answer: (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`),
    })
    await assert.rejects(client.send(call), isCode('NotUnderstood'))
  })

  test('that never come are not waited for', async (t) => {
    const { client, call } = await byteServer(t, { answer: () => {} })
    await assert.rejects(client.send(call), isCode('FirstByteTimeout'))
    const patient = client.send({ ...call, firstByteMilliseconds: 50 })
    await assert.rejects(patient, isCode('FirstByteTimeout'))
  })
})

describe('connections that are kept', () => {
  test('are replaced unseen when the store closed them, but not for what may not be sent twice', async (t) => {
    const { client, call, requests } = await byteServer(t, {
      answer: (socket, n) => void (n % 2 === 0 ? socket.write(ok) : socket.resetAndDestroy()),
    })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 0, 1])
    await assert.rejects(client.send({ ...call, isIdempotent: false }), isCode('StaleConnection'))
    assert.deepEqual(requests, [0, 0, 1, 1])
  })

  test('are left when more came with an answer than it, in records of TLS that nobody had seen', async (t) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 16324\r\n\r\n'
    // The first record holds as much as one can.
    const whole = head.padEnd(16_384, 'x').replace('16324', String(16_384 - head.length))
    const { client, call } = await byteServer(t, {
      secure: true,
      answer: (socket, _, body) => socket.write(body.length === 0 ? `${whole}${ok.replace(/ok$/, 'no')}` : ok),
    })
    for (const isIdempotent of [true, false]) {
      const first = await client.send(call)
      for await (const chunk of first.body) assert.ok(chunk.length > 2)
      const second = client.send({ ...call, method: 'PUT', body: [Buffer.from('x')], isIdempotent })
      if (isIdempotent) assert.equal(await (await second).text(10), 'ok')
      else await assert.rejects(second, isCode('StaleConnection'))
    }
  })

  test('are no excuse once an answer has begun', async (t) => {
    const { client, call, requests } = await byteServer(t, {
      answer: (socket, n) => {
        if (n === 0) return socket.write(ok)
        return socket.end('HTTP/1.1 200')
      },
    })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    await assert.rejects(client.send(call), isCode('ConnectionLost'))
    assert.deepEqual(requests, [0, 0])
  })

  test('are not used for longer than the store says', async (t) => {
    const { client, call, requests } = await byteServer(t, {
      answer: (socket, n) => {
        const seconds = n === 0 ? 1 : 60
        socket.write(`HTTP/1.1 200 OK\r\nKeep-Alive: timeout=${seconds}, max=9\r\nContent-Length: 2\r\n\r\nok`)
      },
    })
    for (let round = 0; round < 3; round++) assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 1, 1])
  })

  test('are at most so many, and for so long', async (t) => {
    const closed: number[] = []
    const { client, call, requests } = await byteServer(t, {
      http: { mostIdleConnections: 1, idleMilliseconds: 60 },
      onHead: (socket) => {
        const connection = requests.at(-1) ?? -1
        if (socket.listenerCount('end') < 2) socket.once('end', () => closed.push(connection))
      },
      answer: (socket) => setTimeout(() => socket.write(ok), 30),
    })
    const texts = await Promise.all([1, 2].map(async () => (await client.send(call)).text(10)))
    assert.deepEqual(texts, ['ok', 'ok'])
    await until('both are closed', () => closed.length === 2)
    assert.equal(await (await client.send(call)).text(10), 'ok')
    assert.deepEqual(requests, [0, 1, 2])
  })

  test('are closed with their client, and so are those at work', async (t) => {
    const { client, call } = await byteServer(t, { answer: (socket, n) => n === 0 && socket.write(ok) })
    assert.equal(await (await client.send(call)).text(10), 'ok')
    const waiting = client.send({ ...call, isIdempotent: false })
    setTimeout(() => client.close(), 30)
    await assert.rejects(waiting, (error) => error instanceof StoreError)
  })

  test('that are begun and wait for their certificate are given up in time', async (t) => {
    const { client, call } = await byteServer(t, { answer: () => {} })
    // A port that takes the connection and never speaks TLS.
    const origin = { ...call.origin, secure: true }
    await assert.rejects(client.send({ ...call, origin }), isCode('ConnectTimeout'))
  })
})
