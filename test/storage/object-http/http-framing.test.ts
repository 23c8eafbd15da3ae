import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { StoreError } from '../../../src/storage/object-http/errors.ts'
import { AnswerBytes } from '../../../src/storage/object-http/http/answer-bytes.ts'
import type { HttpCall } from '../../../src/storage/object-http/http/http-types.ts'
import { requestHead } from '../../../src/storage/object-http/http/request-head.ts'
import { contentOf } from '../../../src/storage/object-http/http/response-body.ts'
import { parseResponseHead, type Framing } from '../../../src/storage/object-http/http/response-head.ts'

const isCode = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code
const isRefused = isCode('NotUnderstood')
const plain = (text: string, method = 'GET') => parseResponseHead(text, method)

/** The bytes as a connection lends them: each piece is overwritten when the next is asked for. */
function lent(pieces: readonly Uint8Array[]): AnswerBytes {
  const rest = [...pieces]
  let last: Buffer | null = null
  return new AnswerBytes({
    async next() {
      last?.fill(0x21)
      const piece = rest.shift()
      last = piece === undefined ? null : Buffer.from(piece)
      return last
    },
  })
}

function cut(bytes: Buffer, at: readonly number[]): readonly Buffer[] {
  const bounds = [0, ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return bounds
    .slice(1)
    .map((end, index) => bytes.subarray(bounds[index], end))
    .filter(({ length }) => length > 0)
}

async function read(bytes: AnswerBytes, framing: Framing): Promise<Buffer> {
  const pieces: Buffer[] = []
  const next = contentOf(bytes, framing, () => {})
  for (let piece = await next(); piece !== null; piece = await next()) pieces.push(Buffer.from(piece))
  assert.equal(await next(), null)
  return Buffer.concat(pieces)
}

const cuts = fc.array(fc.nat(5_000), { maxLength: 30 })
const chunkSizes = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 8 })
const extension = fc.constantFrom('', ';a', ' ; a=b', ';q="x y"')
const trailers = fc.constantFrom('', 'X-Sum: 1\r\n', 'A: b\r\nC:\r\n')

function chunkedOf(sizes: readonly number[], more: { readonly extension: string; readonly trailers: string }): Buffer {
  const parts = sizes.map((size, index) => {
    const digits = index % 2 === 0 ? size.toString(16) : `0${size.toString(16).toUpperCase()}`
    return `${digits}${more.extension}\r\n${String.fromCharCode(97 + (index % 26)).repeat(size)}\r\n`
  })
  return Buffer.from(`${parts.join('')}0${more.extension}\r\n${more.trailers}\r\n`)
}

describe('the head of an answer', () => {
  test('is read with how its body ends', () => {
    const read = plain('HTTP/1.1 206 Partial Content\r\ncontent-length: 7\r\nConnection: Close\r\nX:  a\t b \t\r\nY:')
    assert.deepEqual([read.status, read.framing, read.isLast], [206, 7, true])
    assert.deepEqual([read.headers['x'], read.headers['y']], ['a\t b', ''])
    assert.equal(plain('HTTP/1.1 200\r\nTransfer-Encoding: Chunked').framing, 'chunked')
    const old = plain('HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive')
    assert.deepEqual([old.framing, old.isLast], [1, true])
    const open = plain('HTTP/1.1 200 OK')
    assert.deepEqual([open.framing, open.isLast], ['until-close', true])
  })

  test('says what has no body, whatever else it says', () => {
    for (const status of [100, 103, 204, 304])
      assert.equal(plain(`HTTP/1.1 ${status} X\r\nContent-Length: 5`).framing, 0)
    assert.equal(plain('HTTP/1.1 200 OK\r\nContent-Length: 5', 'HEAD').framing, 0)
    assert.equal(plain('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', 'HEAD').framing, 0)
  })

  test('holds its values byte by byte, and what is said twice alike once', () => {
    const { headers } = plain('HTTP/1.1 200 \xe9\r\nA: \xff\xa0\r\nB: 1\r\nB: 2\r\nC: x\r\nC: x\r\n__proto__: y')
    assert.deepEqual({ ...headers }, { a: '\xff\xa0', b: '1, 2', c: 'x', ['__proto__']: 'y' })
    assert.equal(plain('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5').framing, 5)
  })

  test('is refused when it does not keep to the rules', () => {
    for (const text of [
      '',
      'SSH-2.0-x',
      'HTTP/2 200 OK',
      'HTTP/1.1 200OK',
      'HTTP/1.1 099 X',
      'HTTP/1.1 600 X',
      'HTTP/1.1 200 O\x00K',
      '\r\nHTTP/1.1 200 OK',
      'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked',
      ...[
        'Content-Length: -1',
        'Content-Length: +1',
        'Content-Length: 0x1',
        'Content-Length: ',
        'Content-Length: 1 1',
        'Content-Length: 1, 1',
        'Content-Length: 9999999999999999',
        'Content-Length: 1\r\nContent-Length: 2',
        'Content-Length: 1\r\nTransfer-Encoding: chunked',
        'Transfer-Encoding: gzip',
        'Transfer-Encoding: gzip, chunked',
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
        'Transfer-Encoding: \x0bchunked',
        'Content-Length: 1\r\n folded',
        'Content-Length : 1',
        ': 1',
        'no colon',
        'X: a\rb',
        'X: a\nb',
        'X: a\x00b',
        'X y: a',
        '\xe9: a',
      ].map((line) => `HTTP/1.1 200 OK\r\n${line}`),
    ])
      assert.throws(() => plain(text), isRefused, JSON.stringify(text))
  })

  test('any text is read or refused, and never has a length that nobody has said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        try {
          const { framing } = plain(`HTTP/1.1 200 OK\r\n${text}`)
          assert.ok(framing === 'until-close' || /length|encoding/i.test(text))
        } catch (error) {
          assert.ok(isRefused(error))
        }
      }),
    )
  })

  test('is found however it was cut, with what comes behind it; what is too long is refused', async () => {
    const head = 'HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 3'
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const bytes = lent(cut(Buffer.from(`${head}\r\n\r\nabc`), at))
        assert.equal(await bytes.head(head.length), head)
        assert.equal((await read(bytes, 3)).toString(), 'abc')
        const short = lent(cut(Buffer.from(`${head}\r\n\r\nabc`), at))
        await assert.rejects(short.head(head.length - 1), isRefused)
      }),
    )
    assert.equal(await lent([]).head(10), null)
    await assert.rejects(lent([Buffer.from('HTTP')]).head(10), isCode('EarlyEnd'))
  })
})

describe('the body of an answer', () => {
  test('is the same however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(cuts, chunkSizes, extension, trailers, async (at, sizes, ext, trailing) => {
        const chunked = chunkedOf(sizes, { extension: ext, trailers: trailing })
        const content = await read(lent([chunked]), 'chunked')
        assert.equal(
          content.length,
          sizes.reduce((sum, size) => sum + size, 0),
        )
        const bytes = lent(cut(Buffer.concat([chunked, Buffer.from('behind')]), at))
        assert.deepEqual(await read(bytes, 'chunked'), content)
        assert.equal((await read(bytes, 'until-close')).toString(), 'behind')
        assert.deepEqual(await read(lent(cut(content, at)), content.length), content)
        assert.deepEqual(await read(lent(cut(content, at)), 'until-close'), content)
      }),
    )
  })

  test('in chunks is what node:http reads', async (t) => {
    let answer = Buffer.alloc(0)
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(answer))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as net.AddressInfo
    const reference = async () => {
      const request = http.get({ port, host: '127.0.0.1', agent: false })
      const [message] = (await once(request, 'response')) as [http.IncomingMessage]
      return Buffer.concat(await message.toArray())
    }
    await fc.assert(
      fc.asyncProperty(
        chunkSizes,
        fc.constantFrom('', ';a', ';a=b'),
        trailers,
        cuts,
        async (sizes, ext, trailing, at) => {
          const chunked = chunkedOf(sizes, { extension: ext, trailers: trailing })
          answer = Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), chunked])
          assert.deepEqual(await read(lent(cut(chunked, at)), 'chunked'), await reference())
        },
      ),
      { numRuns: 50 },
    )
  })

  test('that ends before its end is an error at every place', async () => {
    const chunked = chunkedOf([3, 300], { extension: ';a', trailers: 'X: y\r\n' })
    for (let end = 0; end < chunked.length; end++)
      await assert.rejects(read(lent([chunked.subarray(0, end)]), 'chunked'), isCode('EarlyEnd'))
    await assert.rejects(read(lent([Buffer.from('ab')]), 3), isCode('EarlyEnd'))
  })

  test('in chunks that are none is refused', async () => {
    for (const text of [
      '\r\n',
      '+3\r\nabc\r\n0\r\n\r\n',
      '-3\r\nabc\r\n0\r\n\r\n',
      '0x3\r\nabc\r\n0\r\n\r\n',
      ' 3\r\nabc\r\n0\r\n\r\n',
      '3 3\r\nabc\r\n0\r\n\r\n',
      '3\nabc\r\n0\r\n\r\n',
      '3\r\nabc0\r\n\r\n',
      '3\r\nabcd\r\n0\r\n\r\n',
      '3\r\nabc\n0\r\n\r\n',
      '3;a\rb\r\nabc\r\n0\r\n\r\n',
      '3;a\x00b\r\nabc\r\n0\r\n\r\n',
      `${'0'.repeat(13)}3\r\nabc\r\n0\r\n\r\n`,
      `3;${'a'.repeat(5000)}\r\nabc\r\n0\r\n\r\n`,
      `${`1;${'a'.repeat(4000)}\r\na\r\n`.repeat(6)}0\r\n\r\n`,
      '0\r\nno trailer\r\n\r\n',
      '0\r\n a: folded\r\n\r\n',
      `0\r\n${'a: b\r\n'.repeat(102)}\r\n`,
      `0\r\na: ${'b'.repeat(5000)}\r\n\r\n`,
    ])
      await assert.rejects(read(lent([Buffer.from(text)]), 'chunked'), isRefused, JSON.stringify(text.slice(0, 40)))
  })

  test('tells how much is due, so that reads are made for it', async () => {
    const due: number[] = []
    const bytes = lent([Buffer.from('ab'), Buffer.from('cdef')])
    const next = contentOf(bytes, 6, (count) => due.push(count))
    while ((await next()) !== null);
    assert.deepEqual(due, [6])
  })
})

describe('the head of a request', () => {
  const call: HttpCall = {
    origin: { secure: false, hostname: 'h', port: 1 },
    method: 'PUT',
    target: '/a?b',
    headers: { host: 'h', 'x-a': 'é' },
  }

  test('says how long its body is, and whether it waits', () => {
    assert.equal(
      requestHead({ ...call, body: [Buffer.alloc(3), Buffer.alloc(4)], expectContinue: true }),
      'PUT /a?b HTTP/1.1\r\nhost: h\r\nx-a: é\r\ncontent-length: 7\r\nexpect: 100-continue\r\nconnection: keep-alive\r\n\r\n',
    )
    assert.match(requestHead(call), /\r\ncontent-length: 0\r\n/)
    assert.doesNotMatch(requestHead({ ...call, method: 'GET', expectContinue: true }), /content-length|expect/)
  })

  test('has one length, whatever the caller says', () => {
    const headers = { 'Content-Length': '9', 'transfer-encoding': 'chunked', Connection: 'x', expect: 'y', host: 'h' }
    assert.equal(
      requestHead({ ...call, headers }),
      'PUT /a?b HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n',
    )
  })

  test('holds as many lines as were given, or is refused', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('\r', '\n', '\0', ' ', '\x7f', '日'), fc.string({ maxLength: 1 })),
    })
    fc.assert(
      fc.property(text, text, text, text, (method, target, name, value) => {
        try {
          const head = requestHead({ ...call, method, target, headers: { [name]: value } })
          const least = /^(put|post)$/i.test(method) ? 3 : 2
          assert.ok(head.split(/\r\n|\r|\n/).length <= least + 3)
          assert.equal(head.split('\r\n')[0], `${method} ${target} HTTP/1.1`)
          assert.doesNotMatch(head, /\0|日/)
        } catch (error) {
          assert.ok(isRefused(error))
        }
      }),
    )
    for (const broken of [
      { method: 'GET x' },
      { method: '' },
      { target: '' },
      { target: '/a b' },
      { target: '/a\r\nx: y' },
      { target: '/é' },
      { headers: { 'a b': 'c' } },
      { headers: { 'a\r\nb': 'c' } },
      { headers: { a: 'b\0' } },
      { headers: { a: '日' } },
    ])
      assert.throws(() => requestHead({ ...call, ...broken }), isRefused, JSON.stringify(broken))
  })
})
