import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import tls from 'node:tls'
import { setTimeout as wait } from 'node:timers/promises'
import { canLendPlaintext } from '../../../src/ftp/data/lent-plaintext.ts'
import { waitingConnection, type ReadingWays } from '../../../src/ftp/data/waiting-connection.ts'
import { cuttableClient, here, never, passive, session, timeouts, tlsVersions } from './peers.ts'

test('this Node lets its TLS engine write into a buffer of ours', async () => {
  assert.equal(await canLendPlaintext(), true)
})

async function upload(ways: ReadingWays, version: (typeof tlsVersions)[number]) {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, here)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const only = { minVersion: version, maxVersion: version }
  const client = cuttableClient((server.address() as net.AddressInfo).port, only)
  const [socket] = (await accepted) as [net.Socket]
  server.close()
  const secure = session()
  const waiting = waitingConnection(socket, { ...ways, secure, reuse: 'ignore', timeouts })
  return { channel: await waiting.open('upload', never), client: await client }
}

/** Sizes that end inside, at and beyond the borders of records and buffers. */
const sizes = [0, 1, 16_383, 16_384, 16_385, 65_536, 300_000, 2_500_000]

for (const lendsReads of [true, false]) {
  for (const lendsPlaintext of [true, false]) {
    const way = `with ${lendsReads ? 'lent' : 'plain'} sockets and ${lendsPlaintext ? 'lent' : 'plain'} plaintext`
    for (const version of tlsVersions) {
      test(`a ${version} upload ${way} gives every byte, to a reader that keeps none`, async () => {
        for (const size of sizes) {
          const { channel, client } = await upload({ lendsReads, lendsPlaintext }, version)
          const sent = randomBytes(size)
          for (let at = 0; at < size; at += 41_999) client.secured.write(sent.subarray(at, at + 41_999))
          client.secured.end()
          let at = 0
          let chunks = 0
          for await (const chunk of channel.receive()) {
            // What is lent must still be there after a while, and is spoilt by nobody but us.
            if (chunks++ % 10 === 0) await wait(1)
            assert.ok(sent.subarray(at, at + chunk.length).equals(chunk), `differs after byte ${at} of ${size}`)
            at += chunk.length
            chunk.fill(0)
          }
          assert.equal(at, size)
          assert.equal(channel.ending, 'close-notify')
          await channel.finish()
          client.raw.destroy()
        }
      })

      test(`a ${version} upload ${way} that is cut gives what came, and says so`, async () => {
        const { channel, client } = await upload({ lendsReads, lendsPlaintext }, version)
        client.secured.write(Buffer.alloc(100_000))
        let bytes = 0
        for await (const chunk of channel.receive()) {
          bytes += chunk.length
          if (bytes === 100_000) client.raw.end()
        }
        assert.equal(bytes, 100_000)
        assert.equal(channel.ending, 'bare-fin')
        channel.destroy(new Error('over'))
        client.raw.destroy()
      })

      test(`a ${version} upload ${way} is drained when the client says more than its end`, async () => {
        const { channel, client } = await upload({ lendsReads, lendsPlaintext }, version)
        client.secured.write(Buffer.alloc(1_000_000))
        const reading = channel.receive()[Symbol.asyncIterator]()
        await reading.next()
        await channel.finish()
        client.secured.end()
        await new Promise((resolve) => client.raw.resume().once('end', resolve))
        client.raw.destroy()
      })
    }
  }
}

test('of many busy uploads over TLS two decrypt into the largest memory, the others into less', async () => {
  const mine = session()
  const upload = async () => {
    const agreement = await passive({ secure: mine })
    const opening = agreement.connect('upload', never)
    const client = tls.connect({ host: here, port: agreement.port ?? 0, rejectUnauthorized: false })
    client.on('error', () => {})
    client.resume()
    client.end(Buffer.alloc(8_000_000))
    const channel = await opening
    let largest = 0
    for await (const chunk of channel.receive()) {
      largest = Math.max(largest, chunk.buffer.byteLength)
      await wait(1)
    }
    return { channel, largest }
  }
  const uploads = await Promise.all(Array.from({ length: 5 }, upload))
  const largest = uploads.map((each) => each.largest)
  assert.ok(largest.filter((bytes) => bytes > 320 * 1024).length <= 2, largest.join())
  // Not before: one that is over makes room for another.
  for (const { channel } of uploads) await channel.finish()
})
