import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { DataChannel, Direction } from '../../../src/ftp/data/data-channel.ts'
import { watchStall } from '../../../src/ftp/data/stall-watch.ts'
import { closed, connect, here, never, passive, readAll, readSocket, session, timeouts } from './peers.ts'

const secureness = ['in clear', 'in TLS'] as const

interface Open {
  readonly channel: DataChannel
  readonly client: net.Socket
}

async function open(
  how: (typeof secureness)[number],
  direction: Direction,
  times: Partial<typeof timeouts> = {},
): Promise<Open> {
  const secure = how === 'in TLS' ? session() : null
  const agreement = await passive({ secure, timeouts: { ...timeouts, ...times } })
  const opening = agreement.connect(direction, never)
  const raw = connect(agreement.port)
  const client = secure === null ? raw : tls.connect({ socket: raw, rejectUnauthorized: false })
  client.on('error', () => {})
  return { channel: await opening, client }
}

for (const how of secureness) {
  test(`a download ${how} comes whole, and ends properly, also when it is empty`, async () => {
    for (const chunks of [0, 1, 40]) {
      const { channel, client } = await open(how, 'download')
      let isProper = false
      client.once('end', () => (isProper = true))
      const read = readSocket(client)
      const chunk = Buffer.alloc(200_000)
      for (let i = 0; i < chunks; i++) await channel.send(chunk.fill(i))
      await channel.finish()
      const received = await read
      assert.equal(received.length, chunks * chunk.length)
      for (let i = 0; i < chunks; i++)
        assert.ok(received.subarray(i * 200_000, (i + 1) * 200_000).every((b) => b === i))
      assert.ok(isProper)
      await closed(client)
    }
  })

  test(`a client that leaves a download ${how} ends it as lost`, async () => {
    const { channel, client } = await open(how, 'download')
    client.once('data', () => client.destroy())
    const sending = async () => {
      for (;;) await channel.send(Buffer.alloc(200_000))
    }
    await assert.rejects(sending(), { code: 'data-connection-lost' })
    await assert.rejects(channel.finish(), { code: 'data-connection-lost' })
  })

  test(`a client that reads no byte of a download ${how} is cut after the time it may stand still`, async () => {
    const { channel, client } = await open(how, 'download', { stallMilliseconds: 80 })
    client.pause()
    const sending = async () => {
      for (;;) await channel.send(Buffer.alloc(200_000))
    }
    await assert.rejects(sending(), { code: 'data-connection-lost', message: /too long/ })
    client.destroy()
  })

  test(`a slow reader of a download ${how} is not cut while it reads`, async () => {
    // The system tells of room only when a third of its buffer is free: a steady reader looks jerky from here.
    const { channel, client } = await open(how, 'download', { stallMilliseconds: 600 })
    const sent = channel.send(Buffer.alloc(30_000_000)).then(() => channel.finish())
    let bytes = 0
    client.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      client.pause()
      setTimeout(() => client.resume(), 1)
    })
    await once(client, 'end')
    await sent
    assert.equal(bytes, 30_000_000)
    client.destroy()
  })

  test(`an upload ${how} that stands still ends as stalled; one whose reader waits does not`, async () => {
    const { channel, client } = await open(how, 'upload', { stallMilliseconds: 80 })
    client.write('some')
    const reading = channel.receive()[Symbol.asyncIterator]()
    assert.equal((await reading.next()).done, false)
    await wait(300)
    assert.equal(channel.ending, null)
    client.write('more')
    assert.equal((await reading.next()).done, false)
    assert.equal((await reading.next()).done, true)
    assert.equal(channel.ending, 'stalled')
    channel.destroy(new Error('over'))
    await closed(client)
  })

  test(`a transfer ${how} that is destroyed throws the reason where it waits, and resets the client`, async () => {
    const reason = new Error('ABOR')
    const upload = await open(how, 'upload')
    const reading = readAll(upload.channel)
    const download = await open(how, 'download')
    download.client.pause()
    const sending = download.channel.send(Buffer.alloc(30_000_000))
    for (const { channel } of [upload, download]) channel.destroy(reason)
    await assert.rejects(reading, reason)
    await assert.rejects(sending, reason)
    await assert.rejects(download.channel.send(Buffer.alloc(1)), reason)
    await assert.rejects(download.channel.finish(), reason)
    for (const { client } of [upload, download]) {
      let isProper = false
      client.once('end', () => (isProper = true))
      await new Promise((resolve) => (client.closed ? resolve(null) : client.resume().once('close', resolve)))
      assert.equal(isProper, false)
    }
  })

  test(`an upload ${how} is closed by us as well, and nothing is left open`, async () => {
    const { channel, client } = await open(how, 'upload')
    client.end('content')
    await readAll(channel)
    const ended = once(client.resume(), 'end')
    await channel.finish()
    await ended
    await closed(client)
  })

  test(`a client that keeps its side of a download ${how} open holds nobody up`, async () => {
    const { channel, client } = await open(how, 'download', { closeMilliseconds: 50 })
    client.resume()
    await channel.send(Buffer.from('content'))
    await channel.finish()
    await closed(client)
  })

  test(`giving the agreement up after a download ${how} takes nothing from a slow client`, async () => {
    const secure = how === 'in TLS' ? session() : null
    const agreement = await passive({ secure })
    const opening = agreement.connect('download', never)
    const options = { host: here, port: agreement.port ?? 0, rejectUnauthorized: false }
    const client = secure === null ? net.connect(options) : tls.connect(options)
    const channel = await opening
    client.pause()
    await channel.send(Buffer.alloc(100_000))
    await channel.finish()
    agreement.close()
    await wait(30)
    assert.equal((await readSocket(client)).length, 100_000)
    client.destroy()
  })
}

test('a clear upload keeps its order and content whatever the sizes', async () => {
  const { channel, client } = await open('in clear', 'upload')
  const pieces = Array.from({ length: 300 }, (_, index) => Buffer.alloc((index * 7919) % 70_000, index % 251))
  for (const piece of pieces) client.write(piece)
  client.end()
  assert.ok((await readAll(channel)).equals(Buffer.concat(pieces)))
  assert.equal(channel.ending, 'fin')
  await channel.finish()
  await closed(client)
})

test('a stall is noticed only while somebody waits, and told once', async () => {
  let isWaiting = false
  let stalls = 0
  const stop = watchStall({
    milliseconds: 20,
    isWaiting: () => isWaiting,
    progress: () => 0,
    onStall: () => void stalls++,
  })
  await wait(80)
  assert.equal(stalls, 0)
  isWaiting = true
  await wait(120)
  assert.equal(stalls, 1)
  stop()
})
