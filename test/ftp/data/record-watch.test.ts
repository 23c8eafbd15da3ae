import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test, type TestContext } from 'node:test'
import { array, assert as holds, asyncProperty, constantFrom, nat, record, uint8Array } from 'fast-check'
import { lendSocket } from '../../../src/ftp/data/lent-socket.ts'
import { watchRecords, type RecordWatch, type WatchedEngine } from '../../../src/ftp/data/record-watch.ts'
import { connect, here } from './peers.ts'

/** A watch, and what it lets out to the client. */
async function watched(t: TestContext): Promise<{ watch: RecordWatch; client: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, here)
  await once(server, 'listening')
  const client = connect((server.address() as net.AddressInfo).port)
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  const lent = lendSocket(socket, { lends: true })
  const watch = watchRecords(lent)
  watch.stream.on('data', () => {})
  // From its first turn on it hands chunks on at once.
  await new Promise((resolve) => setImmediate(resolve))
  t.after(() => {
    for (const each of [client, lent.socket]) each.destroy()
    server.close()
  })
  return { watch, client }
}

function tlsRecord(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type, 3, 3, body.length >> 8, body.length & 0xff), body])
}

const write = (watch: RecordWatch, text: string) =>
  new Promise<void>((resolve, reject) => {
    watch.stream.write(text, (error) => (error ? reject(error) : resolve()))
  })

const latest: WatchedEngine = { isLatest: () => true, contentBytes: () => 0 }

test('what is written is held from the first record of type 23 on, however records and reads are cut', async (t) => {
  const handshakes = array(record({ type: constantFrom(20, 21, 22), body: uint8Array({ maxLength: 400 }) }), {
    maxLength: 5,
  })
  await holds(
    asyncProperty(handshakes, array(nat({ max: 60 }), { maxLength: 40 }), async (records, cuts) => {
      const { watch, client } = await watched(t)
      let received = ''
      client.on('data', (chunk) => (received += String(chunk)))
      watch.observe(latest)
      watch.know('upload')
      // A body full of 23s must not pass for a header.
      const before = Buffer.concat([
        ...records.map(({ type, body }) => tlsRecord(type, body)),
        tlsRecord(22, Buffer.alloc(99, 23)),
      ])
      let at = 0
      for (const cut of cuts) watch.take(before.subarray(at, (at += cut)))
      watch.take(before.subarray(at))
      await write(watch, 'flight ')
      const [header, rest] = [
        tlsRecord(23, Buffer.alloc(10)).subarray(0, 4),
        tlsRecord(23, Buffer.alloc(10)).subarray(4),
      ]
      watch.take(header)
      await write(watch, 'still ')
      watch.take(rest)
      await write(watch, 'tickets ')
      watch.release()
      await write(watch, 'end')
      watch.stream.end()
      await once(client, 'end')
      assert.equal(received, 'flight still tickets end')
      client.destroy()
    }),
    { numRuns: 25 },
  )
})

test('held back means unsent until it is released, by the end of an upload or because it is a download', async (t) => {
  for (const release of [(watch: RecordWatch) => watch.release(), (watch: RecordWatch) => watch.know('download')]) {
    const { watch, client } = await watched(t)
    const received: string[] = []
    client.on('data', (chunk) => received.push(String(chunk)))
    watch.observe(latest)
    watch.take(tlsRecord(23, Buffer.alloc(1)))
    await write(watch, 'tickets')
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(received, [])
    release(watch)
    await once(client, 'data')
    assert.deepEqual(received, ['tickets'])
  }
})

test('a handshake of TLS 1.2 is never held, even when data comes along with the last of the client', async (t) => {
  const { watch, client } = await watched(t)
  watch.observe({ ...latest, isLatest: () => false })
  watch.know('upload')
  watch.take(Buffer.concat([tlsRecord(22, Buffer.alloc(40)), tlsRecord(23, Buffer.alloc(40))]))
  await write(watch, 'our Finished')
  const [chunk] = (await once(client, 'data')) as [Buffer]
  assert.equal(chunk.toString(), 'our Finished')
})

test('a client that makes us answer without end is cut off', async (t) => {
  const { watch } = await watched(t)
  watch.observe(latest)
  watch.take(tlsRecord(23, Buffer.alloc(1)))
  const writing = async () => {
    for (let i = 0; i < 10; i++) await write(watch, 'x'.repeat(10_000))
  }
  await assert.rejects(writing(), /too many answers/)
})

const alert = (padding = 0) => tlsRecord(23, Buffer.alloc(2 + 1 + 16 + padding))

test('two records as long as alerts that hold nothing for the reader are an end, however they are cut', async (t) => {
  for (const padding of [0, 16, 64]) {
    const end = Buffer.concat([alert(padding), alert(padding)])
    for (let at = 0; at <= end.length; at++) {
      const { watch } = await watched(t)
      watch.observe(latest)
      let told = 0
      watch.whenClosed(() => told++)
      watch.take(tlsRecord(23, Buffer.alloc(100)))
      watch.take(end.subarray(0, at))
      assert.equal(watch.isClosed(), at === end.length, `padded by ${padding}, cut at ${at}`)
      watch.take(end.subarray(at))
      assert.equal(watch.isClosed(), true, `padded by ${padding}, cut at ${at}`)
      assert.equal(told, 1)
      watch.stream.destroy()
    }
  }
})

test('one such record is no end, nor are two with another between them, with content in one, or in TLS 1.2', async (t) => {
  let content = 0
  const cases: readonly (readonly [WatchedEngine, readonly Buffer[]])[] = [
    [latest, [alert()]],
    [latest, [alert(), tlsRecord(23, Buffer.alloc(22)), alert()]],
    [latest, [tlsRecord(23, Buffer.alloc(22)), tlsRecord(23, Buffer.alloc(22))]],
    [latest, [tlsRecord(23, Buffer.alloc(17)), tlsRecord(23, Buffer.alloc(17))]],
    [{ ...latest, contentBytes: () => content++ }, [alert(), alert()]],
    [{ ...latest, contentBytes: () => null }, [alert(), alert()]],
    [{ ...latest, isLatest: () => false }, [alert(), alert()]],
  ]
  for (const [engine, records] of cases) {
    const { watch } = await watched(t)
    watch.observe(engine)
    watch.whenClosed(() => assert.fail('told of an end'))
    for (const record of records) watch.take(record)
    assert.equal(watch.isClosed(), false)
    watch.stream.destroy()
  }
})

test('a stream that waits tells nothing of its records: what they hold is not known yet', async (t) => {
  const { watch } = await watched(t)
  watch.observe(latest)
  watch.stream.pause()
  watch.take(Buffer.concat([alert(), alert()]))
  assert.equal(watch.isClosed(), false)
  watch.stream.destroy()
})
