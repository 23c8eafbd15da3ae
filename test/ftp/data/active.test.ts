import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { test, type TestContext } from 'node:test'
import { openActive, type ActiveOptions } from '../../../src/ftp/data/active.ts'
import { closed, elsewhere, here, never, readAll, readSocket, session, timeouts } from './peers.ts'

function active(port: number, options: Partial<ActiveOptions> = {}) {
  const ends = { host: here, port, localAddress: here, peerAddress: here }
  return openActive({ ...ends, secure: null, reuse: 'ignore', timeouts, ...options })
}

/** A client that listens, as in active mode. */
async function listening(t: TestContext, options: Partial<net.ServerOpts> = {}) {
  const server = net.createServer({ allowHalfOpen: true, ...options }).listen(0, here)
  await once(server, 'listening')
  t.after(() => server.close())
  const accepted = once(server, 'connection').then(([socket]) => socket as net.Socket)
  return { server, port: (server.address() as net.AddressInfo).port, accepted }
}

test('an active upload comes whole, over a connection that is made only when it is needed', async (t) => {
  const { server, port, accepted } = await listening(t)
  const agreement = active(port)
  assert.equal(agreement.port, null)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(await new Promise((resolve) => server.getConnections((_error, count) => resolve(count))), 0)
  const opening = agreement.connect('upload', never)
  const client = await accepted
  client.end('content')
  const channel = await opening
  assert.equal((await readAll(channel)).toString(), 'content')
  assert.equal(channel.ending, 'fin')
  await channel.finish()
  await closed(client)
})

test('an active download comes from the address of the control connection', async (t) => {
  const { port, accepted } = await listening(t)
  const opening = active(port, { localAddress: elsewhere }).connect('download', never)
  const client = await accepted
  assert.equal(client.remoteAddress, elsewhere)
  const read = readSocket(client)
  const channel = await opening
  await channel.send(Buffer.from('content'))
  await channel.finish()
  assert.equal((await read).toString(), 'content')
  client.destroy()
})

test('the server is the TLS server in active mode too', async (t) => {
  const { port, accepted } = await listening(t)
  const opening = active(port, { secure: session() }).connect('upload', never)
  const client = tls.connect({ socket: await accepted, rejectUnauthorized: false })
  client.end('secret')
  const channel = await opening
  assert.equal((await readAll(channel)).toString(), 'secret')
  assert.equal(channel.ending, 'close-notify')
  await channel.finish()
  await closed(client)
})

test('other addresses, names and low ports are refused before any connection', () => {
  const refused = { code: 'data-connection-refused' }
  for (const host of [elsewhere, '::1', '0.0.0.0', 'localhost', '2130706433', ''])
    assert.throws(() => active(5000, { host }), refused, host)
  for (const port of [0, 21, 1023, 65_536, Number.NaN]) assert.throws(() => active(port), refused, String(port))
})

test('a port where nobody listens is refused', async (t) => {
  const { server, port } = await listening(t)
  server.close()
  await assert.rejects(active(port).connect('upload', never), { code: 'data-connection-refused' })
})

test('an agreement that was given up, or aborted, does not connect', async (t) => {
  const { port } = await listening(t)
  const agreement = active(port)
  agreement.close()
  await assert.rejects(agreement.connect('upload', never), { code: 'data-connection-refused' })
  const reason = new Error('ABOR')
  await assert.rejects(active(port).connect('upload', AbortSignal.abort(reason)), reason)
})
