import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { DataChannel } from '../../../src/ftp/data/data-channel.ts'
import { cuttableClient, never, passive, readAll, session, type CuttableClient } from './peers.ts'

// Somebody in between, without the keys, cuts an upload and puts records of their own in the place of its end.

const plain = Buffer.alloc(50_000, 'every byte counts ')

async function upload(): Promise<{ channel: DataChannel; client: CuttableClient; ciphertext: Buffer }> {
  const agreement = await passive({ secure: session() })
  const opening = agreement.connect('upload', never)
  const client = await cuttableClient(agreement.port, { minVersion: 'TLSv1.3' })
  const channel = await opening
  client.keep()
  client.secured.write(plain)
  while (client.kept().length < plain.length) await setImmediate()
  return { channel, client, ciphertext: client.kept() }
}

const recordEnds = (ciphertext: Buffer): number[] => {
  const ends = [0]
  for (let at = 0; at < ciphertext.length;) ends.push((at += 5 + ciphertext.readUInt16BE(at + 3)))
  return ends
}

const forged = (type: number, length: number) =>
  Buffer.concat([Buffer.of(type, 3, 3, length >> 8, length & 0xff), randomBytes(length)])

const forgeries: Readonly<Record<string, () => Buffer>> = {
  'two records as long as alerts': () => Buffer.concat([forged(23, 19), forged(23, 19)]),
  'three of them': () => Buffer.concat([forged(23, 19), forged(23, 19), forged(23, 19)]),
  'padded ones': () => Buffer.concat([forged(23, 35), forged(23, 83)]),
  'alerts in clear': () => Buffer.concat([Buffer.of(21, 3, 3, 0, 2, 1, 90), Buffer.of(21, 3, 3, 0, 2, 1, 0)]),
  'alerts of another type': () => Buffer.concat([forged(21, 19), forged(21, 19)]),
  'changes of cipher': () => Buffer.concat([forged(20, 19), forged(20, 19)]),
}

for (const [name, make] of Object.entries(forgeries)) {
  for (const [how, split] of [
    ['at once', false],
    ['one by one', true],
  ] as const) {
    test(`${name}, ${how}, do not make a cut upload whole`, async () => {
      for (const records of [0, 1, 3]) {
        const { channel, client, ciphertext } = await upload()
        const end = recordEnds(ciphertext)[records] ?? 0
        const forgery = make()
        const first = forgery.readUInt16BE(3) + 5
        if (split) {
          await client.sendRaw(ciphertext.subarray(0, end))
          await setImmediate()
          await client.sendRaw(forgery.subarray(0, first))
          await setImmediate()
          await client.sendRaw(forgery.subarray(first))
        } else await client.sendRaw(Buffer.concat([ciphertext.subarray(0, end), forgery]))
        client.raw.end()
        const received = await readAll(channel)
        assert.notEqual(channel.ending, 'close-notify')
        assert.ok(received.length < plain.length)
        channel.destroy(new Error('over'))
        client.raw.destroy()
      }
    })
  }
}

for (const [name, make] of Object.entries(forgeries)) {
  for (const records of [0, 1]) {
    test(`${name} behind ${records} records that came before their command do not make a cut upload whole`, async () => {
      const agreement = await passive({ secure: session() })
      const client = await cuttableClient(agreement.port, { minVersion: 'TLSv1.3' })
      client.keep()
      client.secured.write(plain)
      while (client.kept().length < plain.length) await setImmediate()
      const end = recordEnds(client.kept())[records] ?? 0
      await client.sendRaw(Buffer.concat([client.kept().subarray(0, end), make()]))
      client.raw.end()
      for (let turn = 0; turn < 50; turn++) await setImmediate()
      const opened = await agreement.connect('upload', never).catch(() => null)
      if (opened !== null) {
        const received = await readAll(opened).catch(() => null)
        assert.notEqual(opened.ending, 'close-notify', `after ${received?.length} bytes`)
        opened.destroy(new Error('over'))
      }
      client.raw.destroy()
    })
  }
}
