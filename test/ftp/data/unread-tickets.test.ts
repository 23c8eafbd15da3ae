import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { DataChannel } from '../../../src/ftp/data/data-channel.ts'
import { closed, cuttableClient, here, never, passive, session, tlsVersions, type TlsVersion } from './peers.ts'

const uploadBytes = 20 * 1024 * 1024
const body = Buffer.alloc(uploadBytes, 'sluice')

/** Shakes hands, reads no byte more, writes everything and closes: what lies unread makes its kernel reset. */
async function uploadWithoutReading(port: number | null, version: TlsVersion): Promise<void> {
  const client = await cuttableClient(port, { minVersion: version, maxVersion: version })
  client.stopReading()
  await new Promise<void>((resolve) => void client.secured.write(body, () => resolve()))
  client.secured.end()
  await Promise.race([once(client.secured, 'finish'), wait(2000)])
  client.raw.destroy()
}

async function countSlowly(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  let seen = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (seen++ % 16 === 0) await wait(2)
  }
  return bytes
}

async function channelOf(version: TlsVersion, client: (port: number | null) => Promise<unknown>) {
  const agreement = await passive({ secure: session() })
  const opening = agreement.connect('upload', never)
  const done = client(agreement.port)
  const channel: DataChannel = await opening
  assert.equal(channel.tlsVersion, version)
  return { channel, done }
}

for (const version of tlsVersions) {
  test(`a ${version} client that never reads uploads 20 MiB whole through a slow store`, async () => {
    const { channel, done } = await channelOf(version, (port) => uploadWithoutReading(port, version))
    assert.equal(await countSlowly(channel.receive()), uploadBytes)
    assert.equal(channel.ending, 'close-notify')
    await channel.finish()
    await done
  })
}

test('without holding tickets back, the same TLSv1.3 client loses its last bytes', async () => {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, here)
  await once(server, 'listening')
  const done = uploadWithoutReading((server.address() as net.AddressInfo).port, 'TLSv1.3')
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  const secured = session().startData(socket)
  let bytes = 0
  secured.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    secured.pause()
    setTimeout(() => secured.resume(), 1)
  })
  await closed(secured)
  await done
  server.close()
  assert.ok(bytes < uploadBytes, `${bytes} bytes came`)
})

/** Real clients of this kind are written in Go; where there is no Go, the ones above stand for them. */
function builtInGo(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-never-reads-'))
  try {
    execFileSync('go', ['build', '-o', join(folder, 'client'), join(import.meta.dirname, 'never-reads.go')])
    return folder
  } catch {
    rmSync(folder, { recursive: true }) // No Go here, or one that cannot build.
    return null
  }
}

const folder = builtInGo()
if (folder !== null) {
  test('a program in Go uploads 20 MiB whole through a slow store, in both versions', async () => {
    for (const version of tlsVersions) {
      const run = (port: number | null) =>
        promisify(execFile)(join(folder, 'client'), [`${here}:${port}`, version.replace(/\D/g, ''), `${uploadBytes}`])
      const { channel, done } = await channelOf(version, run)
      assert.equal(await countSlowly(channel.receive()), uploadBytes)
      assert.equal(channel.ending, 'close-notify')
      await channel.finish()
      await done
    }
    rmSync(folder, { recursive: true })
  })
}
