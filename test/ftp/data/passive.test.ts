import assert from 'node:assert/strict'
import { once } from 'node:events'
import tls from 'node:tls'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { isStrangersOnly } from '../../../src/ftp/data/passive.ts'
import { closed, connect, elsewhere, here, never, passive, readAll, readSocket, session, timeouts } from './peers.ts'

test('a stranger gets no byte and is closed; the owner is served all the same', async () => {
  const strangers: string[] = []
  const agreement = await passive({ onStranger: (address) => strangers.push(address) })
  const stranger = connect(agreement.port, { localAddress: elsewhere })
  stranger.write('stolen')
  assert.equal((await readSocket(stranger)).length, 0)
  const owner = connect(agreement.port)
  owner.end('mine')
  const channel = await agreement.connect('upload', never)
  assert.equal((await readAll(channel)).toString(), 'mine')
  assert.deepEqual(strangers, [elsewhere])
  await channel.finish()
  await closed(owner)
})

test('when only strangers came, the refusal says so', async () => {
  const agreement = await passive({ timeouts: { ...timeouts, acceptMilliseconds: 60 } })
  const opening = agreement.connect('upload', never)
  const stranger = connect(agreement.port, { localAddress: elsewhere })
  await assert.rejects(opening, (error: Error) => {
    assert.match(error.message, /^Security:/)
    return isStrangersOnly(error)
  })
  stranger.destroy()
})

test('when nobody came, the refusal does not speak of strangers', async () => {
  const agreement = await passive({ timeouts: { ...timeouts, acceptMilliseconds: 20 } })
  await assert.rejects(agreement.connect('upload', never), (error: Error & { code: string }) => {
    assert.equal(error.code, 'data-connection-refused')
    return !isStrangersOnly(error)
  })
})

test('once the owner is there the port is closed', async () => {
  const agreement = await passive()
  const owner = connect(agreement.port)
  const channel = await agreement.connect('download', never)
  const late = connect(agreement.port)
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
  channel.destroy(new Error('over'))
  await closed(owner)
})

test('an address in the dress of IPv6 is the same client', async () => {
  const agreement = await passive({ localAddress: `::ffff:${here}`, peerAddress: `::ffff:${here}` })
  const owner = connect(agreement.port)
  owner.end('x')
  const channel = await agreement.connect('upload', never)
  assert.equal((await readAll(channel)).length, 1)
  await channel.finish()
  await closed(owner)
})

test('bytes that come before the command wait, and do not fill memory', async () => {
  const agreement = await passive()
  const sent = Buffer.alloc(30_000_000, 'early')
  const owner = connect(agreement.port)
  let isSent = false
  owner.write(sent, () => (isSent = true))
  await once(owner, 'connect')
  await wait(50)
  assert.equal(isSent, false)
  owner.end()
  const channel = await agreement.connect('upload', never)
  assert.ok((await readAll(channel)).equals(sent))
  assert.equal(channel.ending, 'fin')
  await channel.finish()
  await closed(owner)
})

test('a client that is gone before its command leaves an upload cut, not a crash', async () => {
  const agreement = await passive()
  const owner = connect(agreement.port)
  await once(owner, 'connect')
  await wait(10)
  owner.resetAndDestroy()
  await wait(10)
  const channel = await agreement.connect('upload', never)
  assert.equal((await readAll(channel)).length, 0)
  assert.equal(channel.ending, 'reset')
  channel.destroy(new Error('over'))
})

test('clients that connect and reset at once do no harm', async () => {
  const agreement = await passive()
  for (let i = 0; i < 20; i++) {
    const client = connect(agreement.port)
    client.once('connect', () => client.resetAndDestroy())
  }
  await wait(50)
  agreement.close()
})

test('a port that nobody uses is closed after a while', async () => {
  const agreement = await passive({ timeouts: { ...timeouts, idleMilliseconds: 20 } })
  await wait(60)
  await assert.rejects(agreement.connect('upload', never), { code: 'data-connection-refused' })
  const [error] = (await once(connect(agreement.port), 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNREFUSED')
})

test('an aborted wait throws the reason, and the port is closed', async () => {
  const reason = new Error('ABOR')
  for (const when of ['before', 'while waiting'] as const) {
    const agreement = await passive()
    const abort = new AbortController()
    if (when === 'before') abort.abort(reason)
    const opening = agreement.connect('upload', abort.signal)
    abort.abort(reason)
    await assert.rejects(opening, reason)
    await once(connect(agreement.port), 'error')
  }
})

test('an abort ends a handshake that the client does not begin', async () => {
  const agreement = await passive({ secure: session() })
  const client = connect(agreement.port)
  const abort = new AbortController()
  const opening = agreement.connect('upload', abort.signal)
  setTimeout(() => abort.abort(new Error('ABOR')), 30)
  await assert.rejects(opening, /ABOR/)
  await closed(client)
})

test('giving an agreement up closes its port and drops the client, at any time and again', async () => {
  const agreement = await passive()
  const client = connect(agreement.port)
  await once(client, 'connect')
  await wait(10)
  agreement.close()
  agreement.close()
  await closed(client)
  await assert.rejects(agreement.connect('upload', never))
})

for (const direction of ['upload', 'download'] as const) {
  test(`clear text where TLS is agreed refuses the ${direction}`, async () => {
    for (const isEarly of [true, false]) {
      const agreement = await passive({ secure: session() })
      const client = connect(agreement.port)
      await once(client, 'connect')
      if (isEarly) {
        client.write('not a record, not at all')
        await wait(10)
      }
      const opening = agreement.connect(direction, never)
      if (!isEarly) client.write('not a record, not at all')
      await assert.rejects(opening, { code: 'data-connection-refused' })
      await closed(client)
    }
  })

  test(`a ${direction} whose handshake stalls or breaks off is refused`, async () => {
    for (const end of ['nothing', 'FIN', 'RST'] as const) {
      const agreement = await passive({ secure: session(), timeouts: { ...timeouts, handshakeMilliseconds: 60 } })
      const client = connect(agreement.port)
      const opening = agreement.connect(direction, never)
      await once(client, 'connect')
      if (end === 'FIN') client.end()
      if (end === 'RST') client.resetAndDestroy()
      await assert.rejects(opening, { code: 'data-connection-refused' })
      await closed(client)
    }
  })

  test(`a handshake before the command serves the ${direction} too`, async () => {
    const agreement = await passive({ secure: session() })
    const client = tls.connect({ host: here, port: agreement.port ?? 0, rejectUnauthorized: false })
    client.on('error', () => {})
    await once(client, 'secureConnect')
    await wait(20)
    const channel = await agreement.connect(direction, never)
    if (direction === 'upload') {
      client.end('early bird')
      assert.equal((await readAll(channel)).toString(), 'early bird')
      assert.equal(channel.ending, 'close-notify')
      await channel.finish()
    } else {
      const read = readSocket(client)
      await channel.send(Buffer.from('early bird'))
      await channel.finish()
      assert.equal((await read).toString(), 'early bird')
    }
    await closed(client)
  })
}

test('protection that was asked for after the port was opened counts', async () => {
  const tlsSession = session()
  let isProtected = false
  const agreement = await passive({ secure: () => (isProtected ? tlsSession : null) })
  const raw = connect(agreement.port)
  await once(raw, 'connect')
  await wait(10)
  isProtected = true
  const opening = agreement.connect('upload', never)
  const client = tls.connect({ socket: raw, rejectUnauthorized: false })
  client.end('protected')
  const channel = await opening
  assert.equal((await readAll(channel)).toString(), 'protected')
  await channel.finish()
  await closed(client)
})
