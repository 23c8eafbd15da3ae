import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { test, type TestContext } from 'node:test'
import { bucketOn } from '../helpers/bucket-storage.ts'
import { gateway } from '../helpers/gateway.ts'
import { loggedIn, type RawClient } from '../helpers/raw-client.ts'
import { hasRealS3, realS3 } from '../helpers/real-s3.ts'

// A wire to a real server that changes and loses bytes: nothing it has touched is published, or told to be whole.

const mib = 1024 ** 2

/** What is done to one direction of a connection: bytes in, bytes out; null cuts both. */
type Touch = (chunk: Buffer) => Buffer | null

interface Wire {
  readonly endpoint: string
  up: Touch
  down: Touch
}

const untouched: Touch = (chunk) => chunk

async function wire(t: TestContext, endpoint: string): Promise<Wire> {
  const { port } = new URL(endpoint)
  const sockets = new Set<net.Socket>()
  const server = net.createServer((near) => {
    const far = net.connect(Number(port), '127.0.0.1')
    const pass = (from: net.Socket, to: net.Socket, touch: (chunk: Buffer) => Buffer | null) => {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.on('data', (chunk: Buffer) => {
        const passed = touch(chunk)
        if (passed === null) {
          near.end()
          far.end()
        } else if (!to.destroyed && !to.writableEnded) to.write(passed)
      })
    }
    pass(near, far, (chunk) => made.up(chunk))
    pass(far, near, (chunk) => made.down(chunk))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address() as net.AddressInfo
  const made: Wire = { endpoint: `http://127.0.0.1:${address.port}`, up: untouched, down: untouched }
  return made
}

async function open(t: TestContext, dialect: string) {
  const server = await realS3()
  const between = await wire(t, server.endpoint)
  const gate = await gateway(t, {
    kinds: ['none'],
    memory: '40 MiB',
    storages: { bucket: bucketOn({ ...server, endpoint: between.endpoint }, { dialect, attempts: 2 }) },
    accounts: [{ name: 'ada', mounts: [{ storage: 'bucket' }] }],
  })
  return { wire: between, client: await loggedIn(gate) }
}

/** Flips a bit in each stretch that holds the mark, which stands in contents alone. */
const flipped =
  (mark: string): Touch =>
  (chunk) => {
    const at = chunk.indexOf(mark)
    if (at < 0) return chunk
    const copy = Buffer.from(chunk)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }

const lengths = { short: 20_000, long: 11 * mib }

function content(bytes: number): Buffer {
  const body = randomBytes(bytes)
  for (let at = 1000; at < bytes; at += 5000) body.write('MARK OF A CONTENT', at)
  return body
}

async function bytesOf(client: RawClient, name: string): Promise<Buffer | null> {
  const { reply, bytes } = await client.download(`RETR ${name}`)
  return reply.code === 226 ? bytes : null
}

if (hasRealS3())
  for (const dialect of ['generic', 'aws']) {
    for (const [name, bytes] of Object.entries(lengths)) {
      test(`a bit that is flipped on the way up is never published (${dialect}, ${name})`, async (t) => {
        const { wire: between, client } = await open(t, dialect)
        const old = content(bytes)
        assert.equal((await client.upload('STOR file', old)).code, 226)
        between.up = flipped('MARK OF A CONTENT')
        for (const file of ['file', 'new', 'new.tmp']) {
          const { code } = await client.upload(`STOR ${file}`, content(bytes))
          assert.ok(code >= 400, `${file}: ${code}`)
        }
        between.up = untouched
        assert.ok((await bytesOf(client, 'file'))?.equals(old))
        assert.equal(await bytesOf(client, 'new'), null)
        assert.equal(await bytesOf(client, 'new.tmp'), null)
      })

      test(`an answer that is cut anywhere never passes for a whole one (${dialect}, ${name})`, async (t) => {
        const { wire: between, client } = await open(t, dialect)
        const old = content(bytes)
        const next = content(bytes)
        assert.equal((await client.upload('STOR file', old)).code, 226)
        for (const left of [0, 1, 12, 40, 150, 300, 1500, 20_000]) {
          let passed = 0
          between.down = (chunk) => {
            if (passed + chunk.length <= left) {
              passed += chunk.length
              return chunk
            }
            passed = 0
            return null
          }
          const got = await bytesOf(client, 'file')
          assert.ok(got === null || got.equals(old), `${left}: a download of ${got?.length} bytes was told to be whole`)
          const { code } = await client.upload('STOR other', next)
          between.down = untouched
          const there = await bytesOf(client, 'other')
          assert.ok(there === null || there.equals(next), `${left}: what is there is a mix`)
          if (code === 226) assert.notEqual(there, null, `${left}: 226 for nothing`)
        }
        assert.ok((await bytesOf(client, 'file'))?.equals(old))
      })
    }
  }

// A store that tells no checksum leaves nothing to compare with: the reference says so.
if (hasRealS3())
  for (const [name, bytes] of Object.entries(lengths)) {
    test(`a bit that is flipped on the way down is no 226 (${name})`, async (t) => {
      const { wire: between, client } = await open(t, 'versitygw')
      const old = content(bytes)
      assert.equal((await client.upload('STOR file', old)).code, 226)
      between.down = flipped('MARK OF A CONTENT')
      const { reply } = await client.download('RETR file')
      assert.ok(reply.code >= 400, `${reply.code} for a changed file`)
      between.down = untouched
      assert.ok((await bytesOf(client, 'file'))?.equals(old))
    })
  }
