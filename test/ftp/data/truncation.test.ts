import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { cuttableClient, never, passive, readAll, session, tlsVersions, type CuttableClient } from './peers.ts'

// Fits into an empty receive buffer: a reset takes from its sender what has not left yet.
const plain = Buffer.alloc(50_000, 'every byte counts ')

type Cut = 'inside a record' | 'between records' | 'before the first byte'
type Close = 'FIN' | 'RST'

/** Where the ciphertext is cut, and how much plaintext lies in whole records before. */
function cutAt(ciphertext: Buffer, cut: Cut): Buffer {
  if (cut === 'before the first byte') return Buffer.alloc(0)
  const ends = recordEnds(ciphertext)
  const end = ends[2] ?? 0
  return ciphertext.subarray(0, cut === 'inside a record' ? end + 7 : end)
}

function recordEnds(ciphertext: Buffer): number[] {
  const ends: number[] = []
  for (let at = 0; at < ciphertext.length;) ends.push((at += 5 + ciphertext.readUInt16BE(at + 3)))
  return ends
}

async function encrypted(client: CuttableClient, act: () => void): Promise<Buffer> {
  const before = client.kept().length
  act()
  while (client.kept().length === before) await setImmediate()
  return client.kept().subarray(before)
}

async function close(client: CuttableClient, how: Close): Promise<void> {
  if (how === 'FIN') client.raw.end()
  else {
    // Only a reset that comes after the bytes were read can tell whether they count.
    await setImmediate()
    client.raw.resetAndDestroy()
  }
}

async function upload(version: 'TLSv1.2' | 'TLSv1.3') {
  const agreement = await passive({ secure: session() })
  const opening = agreement.connect('upload', never)
  const client = await cuttableClient(agreement.port, { minVersion: version, maxVersion: version })
  const channel = await opening
  client.keep()
  return { channel, client }
}

for (const version of tlsVersions) {
  for (const cut of ['inside a record', 'between records', 'before the first byte'] as const) {
    for (const how of ['FIN', 'RST'] as const) {
      test(`a ${version} upload cut ${cut} by a ${how} is told from a whole one`, async () => {
        const { channel, client } = await upload(version)
        const ciphertext = await encrypted(client, () => void client.secured.write(plain))
        const part = cutAt(ciphertext, cut)
        if (part.length > 0) await client.sendRaw(part)
        await close(client, how)
        const received = await readAll(channel)
        assert.equal(channel.ending, how === 'FIN' ? 'bare-fin' : 'reset')
        assert.ok(received.length < plain.length && plain.subarray(0, received.length).equals(received))
        if (how === 'FIN') assert.equal(received.length > 0, cut !== 'before the first byte')
        channel.destroy(new Error('over'))
        client.raw.destroy()
      })
    }
  }

  for (const content of [plain, Buffer.alloc(0)]) {
    for (const how of ['FIN', 'RST', 'nothing'] as const) {
      test(`a ${version} upload of ${content.length} bytes is whole after close_notify, then ${how}`, async () => {
        const { channel, client } = await upload(version)
        const body = content.length === 0 ? content : await encrypted(client, () => void client.secured.write(content))
        const notify = await encrypted(client, () => void client.secured.end())
        await client.sendRaw(Buffer.concat([body, notify]))
        if (how !== 'nothing') await close(client, how)
        const received = await readAll(channel)
        assert.equal(channel.ending, 'close-notify')
        assert.ok(received.equals(content))
        await channel.finish()
        client.raw.destroy()
      })
    }
  }

  test(`a ${version} upload that ends behind a slow reader is judged by its last record, not by TCP`, async () => {
    for (const isWhole of [true, false]) {
      const { channel, client } = await upload(version)
      const big = Buffer.alloc(3_000_000, 'x')
      const body = await encrypted(client, () => void client.secured.write(big))
      const notify = await encrypted(client, () => void client.secured.end())
      void client.raw.end(isWhole ? Buffer.concat([body, notify]) : body)
      let bytes = 0
      for await (const chunk of channel.receive()) {
        bytes += chunk.length
        await setImmediate()
      }
      assert.equal(bytes, big.length)
      assert.equal(channel.ending, isWhole ? 'close-notify' : 'bare-fin')
      await channel.finish()
      client.raw.destroy()
    }
  })

  test(`a broken ${version} record ends an upload as an error of TLS`, async () => {
    const { channel, client } = await upload(version)
    const ciphertext = await encrypted(client, () => void client.secured.write(plain))
    const broken = Buffer.from(ciphertext)
    broken[100] = (broken[100] ?? 0) ^ 1
    await client.sendRaw(broken)
    await readAll(channel)
    assert.equal(channel.ending, 'tls-error')
    channel.destroy(new Error('over'))
    client.raw.destroy()
  })

  test(`an upload in ${version} is answered with close_notify, for clients that wait for it`, async () => {
    const { channel, client } = await upload(version)
    const notify = await encrypted(client, () => void client.secured.end())
    const ended = once(client.secured.resume(), 'end')
    await client.sendRaw(notify)
    await readAll(channel)
    await channel.finish()
    await ended
    client.raw.destroy()
  })
}
