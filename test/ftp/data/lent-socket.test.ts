import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { test, type TestContext } from 'node:test'
import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { canLendReads, lendSocket, queuedBytes, type LentSocket } from '../../../src/ftp/data/lent-socket.ts'
import { closed, connect, here } from './peers.ts'

test('this Node lets handles change their owner', async () => {
  assert.equal(await canLendReads(), true)
})

/** An accepted socket, lent, and the client at its other end. */
async function pair(t: TestContext, move: boolean): Promise<{ lent: LentSocket; client: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, here)
  await once(server, 'listening')
  const client = connect((server.address() as net.AddressInfo).port)
  const [accepted] = (await once(server, 'connection')) as [net.Socket]
  const lent = lendSocket(accepted, { lends: move })
  t.after(() => {
    client.destroy()
    lent.socket.destroy()
    server.close()
  })
  return { lent, client }
}

const ended = (lent: LentSocket) => new Promise<void>((resolve) => lent.whenEnded(resolve))

for (const move of [true, false]) {
  const way = move ? 'into one buffer' : 'the plain way'

  test(`a socket read ${way} gives every byte, however slowly it is asked for`, async (t) => {
    const { lent, client } = await pair(t, move)
    const sent = randomBytes(1_500_000)
    client.end(sent)
    const chunks: Buffer[] = []
    lent.giveTo((chunk) => {
      chunks.push(Buffer.from(chunk))
      if (chunks.length % 3 === 0) return true
      void setImmediate().then(() => lent.resume())
      return false
    })
    lent.resume()
    await ended(lent)
    assert.equal(lent.ended, 'fin')
    assert.ok(Buffer.concat(chunks).equals(sent))
  })

  test(`a socket read ${way} gives nothing more until it is asked to`, async (t) => {
    const { lent, client } = await pair(t, move)
    const chunks: string[] = []
    lent.giveTo((chunk) => {
      chunks.push(Buffer.from(chunk).toString())
      return false
    })
    client.write('one')
    await wait(20)
    assert.deepEqual(chunks, [])
    lent.resume()
    while (chunks.length === 0) await setImmediate()
    client.write('two')
    await wait(20)
    assert.deepEqual(chunks, ['one'])
    lent.resume()
    while (chunks.length === 1) await setImmediate()
    assert.deepEqual(chunks, ['one', 'two'])
  })

  test(`a reset of a socket read ${way} is no end, and no error that nobody hears`, async (t) => {
    const { lent, client } = await pair(t, move)
    lent.giveTo(() => true)
    lent.resume()
    client.resetAndDestroy()
    await ended(lent)
    assert.equal(lent.ended, 'reset')
  })

  test(`a socket read ${way} is written to as any other, and its server can close`, async (t) => {
    const { lent, client } = await pair(t, move)
    lent.socket.end('bytes')
    const [chunk] = (await once(client, 'data')) as [Buffer]
    assert.equal(chunk.toString(), 'bytes')
    client.end()
    lent.resume()
    await closed(lent.socket)
  })

  test(`what a client leaves in its socket read ${way} is told as queued`, async (t) => {
    const { lent, client } = await pair(t, move)
    client.pause()
    lent.socket.write(Buffer.alloc(20_000_000))
    await wait(20)
    assert.ok(queuedBytes(lent.socket) > 0)
  })
}

/** Lengths of the buffers that a busy socket is read into; the client goes on, and the last of them stays in use. */
async function buffersOfBusy(t: TestContext): Promise<readonly number[]> {
  const { lent, client } = await pair(t, true)
  const buffers = new Set<ArrayBufferLike>()
  let bytes = 0
  const enough = new Promise<void>((resolve) => {
    lent.giveTo((chunk) => {
      buffers.add(chunk.buffer)
      bytes += chunk.length
      if (bytes === busyBytes) resolve()
      setTimeout(() => lent.resume(), 1)
      return false
    })
  })
  client.write(Buffer.alloc(busyBytes))
  lent.resume()
  await enough
  t.after(async () => {
    client.end()
    await ended(lent)
    lent.socket.destroy()
    await closed(lent.socket)
  })
  return [...buffers].map((buffer) => buffer.byteLength)
}

const busyBytes = 16_000_000

test('the one buffer is small for a quiet socket, grows for a busy one, and is used again', async (t) => {
  assert.deepEqual(await buffersOfBusy(t), [16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024])
})

test('two sockets at a time get the largest buffer, and others get it when those are done', async (t) => {
  await t.test('two busy ones', async (busy) => {
    const lengths = [await buffersOfBusy(busy), await buffersOfBusy(busy), await buffersOfBusy(busy)]
    assert.deepEqual(
      lengths.map((of) => of.at(-1)),
      [1024 * 1024, 1024 * 1024, 256 * 1024],
    )
  })
  assert.equal((await buffersOfBusy(t)).at(-1), 1024 * 1024)
})
