import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { test } from 'node:test'
import { certificateSet } from '../../../src/ftp/data/certificates.ts'
import { selfSigned } from '../../../src/ftp/data/self-signed.ts'
import type { SessionTls } from '../../../src/ftp/data/session-tls.ts'
import { tlsContexts } from '../../../src/ftp/data/tls-contexts.ts'
import { certificates, closed, connect, here, never, passive, readAll, session, tlsVersions } from './peers.ts'

interface Control {
  readonly server: tls.TLSSocket
  readonly client: tls.TLSSocket
  /** What the client's TLS runs over. */
  readonly below: net.Socket
  readonly tickets: Buffer[]
  close(): Promise<void>
}

/** A control connection that has been made secure. Rejects when either side refuses. */
async function control(tlsSession: SessionTls, options: tls.ConnectionOptions = {}): Promise<Control> {
  const listener = net.createServer().listen(0, here)
  await once(listener, 'listening')
  const tickets: Buffer[] = []
  const { port } = listener.address() as net.AddressInfo
  const below = connect(port)
  const client = tls.connect({ socket: below, host: here, rejectUnauthorized: false, ...options })
  client.on('error', () => {})
  client.on('session', (ticket) => tickets.push(ticket))
  const [raw] = (await once(listener, 'connection')) as [net.Socket]
  listener.close()
  const server = await tlsSession.startControl(raw, { handshakeMilliseconds: 2000 })
  // What follows the handshake carries the tickets along; some versions of Node tell of them a turn after it.
  server.write('220')
  await once(client, 'data')
  await new Promise((resolve) => setImmediate(resolve))
  return { server, client, below, tickets, close: () => (server.end(), closed(client)) }
}

/** Uploads over a data connection of the session; tells whether its TLS session was resumed. */
async function isResumed(tlsSession: SessionTls, options: tls.ConnectionOptions): Promise<boolean | null> {
  let resumed: boolean | null = null
  const agreement = await passive({ secure: tlsSession, onReuse: (is) => (resumed = is) })
  const opening = agreement.connect('upload', never)
  const client = tls.connect({ host: here, port: agreement.port ?? 0, rejectUnauthorized: false, ...options })
  client.on('error', () => {})
  client.end('x')
  const channel = await opening
  await readAll(channel)
  await channel.finish()
  await closed(client)
  return resumed
}

for (const version of tlsVersions) {
  const only = { minVersion: version, maxVersion: version }

  test(`a ${version} data connection resumes its own control session, and no other`, async () => {
    const mine = session()
    const other = session()
    const opened = await control(mine, only)
    const ticket = opened.tickets[0]
    assert.ok(ticket)
    assert.equal(await isResumed(mine, { ...only, session: ticket }), true)
    assert.equal(await isResumed(other, { ...only, session: ticket }), false)
    assert.equal(await isResumed(mine, only), false)
    await opened.close()
  })

  test(`a context used again reads no ${version} ticket of the control connection before`, async () => {
    const shared = { certificates: certificates(), contexts: tlsContexts({ minimumVersion: 'TLSv1.2' }) }
    const before = session(shared)
    const first = await control(before, only)
    await first.close()
    const used = before.context()
    before.release()
    const after = session(shared)
    const second = await control(after, { ...only, ...(first.tickets[0] && { session: first.tickets[0] }) })
    assert.equal(after.context(), used)
    assert.equal(second.client.isSessionReused(), false)
    assert.equal(await isResumed(after, { ...only, session: first.tickets[0] }), false)
    assert.equal(await isResumed(after, { ...only, session: second.tickets[0] }), true)
    await second.close()
  })

  test(`where resumption is required, a fresh ${version} session is dropped without an end`, async () => {
    const mine = session()
    const opened = await control(mine, only)
    for (const [ticket, code] of [
      [undefined, 'session-not-resumed'],
      [opened.tickets[0], null],
    ] as const) {
      const agreement = await passive({ secure: mine, reuse: 'require' })
      const opening = agreement.connect('download', never)
      const options = { host: here, port: agreement.port ?? 0, rejectUnauthorized: false, ...only }
      const client = tls.connect(ticket === undefined ? options : { ...options, session: ticket })
      client.on('error', () => {})
      let hasEnded = false
      client.on('end', () => (hasEnded = true))
      if (code === null) await (await opening).finish()
      else await assert.rejects(opening, { code })
      await new Promise((resolve) => client.resume().once('close', resolve))
      assert.equal(hasEnded, code === null)
    }
    await opened.close()
  })

  test(`tickets of ${version} uploads are held back, and still come with our end`, async () => {
    const mine = session()
    const tickets: Buffer[] = []
    const agreement = await passive({ secure: mine })
    const opening = agreement.connect('upload', never)
    const client = tls.connect({ host: here, port: agreement.port ?? 0, rejectUnauthorized: false, ...only })
    client.on('error', () => {})
    client.on('session', (ticket) => tickets.push(ticket))
    client.resume()
    const channel = await opening
    client.write('some')
    const reading = channel.receive()[Symbol.asyncIterator]()
    await reading.next()
    if (version === 'TLSv1.3') assert.equal(tickets.length, 0)
    client.end('more')
    while (!(await reading.next()).done) continue
    await channel.finish()
    await closed(client)
    assert.ok(tickets.length > 0)
    assert.equal(await isResumed(mine, { ...only, session: tickets[0] }), true)
  })
}

test('protocols: none, or a list with ours; any other list is refused', async () => {
  for (const [offered, chosen] of [
    [undefined, false],
    [['ftp'], 'ftp'],
    [['x-filezilla-ftp', 'ftp'], 'ftp'],
  ] as const) {
    const opened = await control(session(), offered === undefined ? {} : { ALPNProtocols: [...offered] })
    assert.equal(opened.client.alpnProtocol, chosen)
    await opened.close()
  }
  for (const ALPNProtocols of [['h2'], ['http/1.1', 'h2'], ['ftp-data']])
    await assert.rejects(control(session(), { ALPNProtocols }), { code: 'tls-required' })
  assert.equal(await isResumed(session(), { ALPNProtocols: ['ftp-data'] }), false)
  await assert.rejects(isResumed(session(), { ALPNProtocols: ['h2'] }), { code: 'data-connection-refused' })
})

test('a server name chooses the certificate, and data connections show the same one', async () => {
  const named = selfSigned({ names: ['two.example.org'], now: new Date() })
  const both = certificates()
  const set = certificateSet([both.choose(null), { names: [], cert: named.cert, key: named.key }])
  const tlsSession = session({ certificates: set })
  const opened = await control(tlsSession, { servername: 'two.example.org' })
  assert.equal(opened.client.getPeerCertificate().fingerprint256, named.fingerprint)
  for (const ticket of [undefined, opened.tickets[0]]) {
    const agreement = await passive({ secure: tlsSession })
    const opening = agreement.connect('upload', never)
    const peer = { host: here, port: agreement.port ?? 0, rejectUnauthorized: false, servername: 'two.example.org' }
    const data = tls.connect(ticket === undefined ? peer : { ...peer, session: ticket })
    await once(data, 'secureConnect')
    if (ticket === undefined) assert.equal(data.getPeerCertificate().fingerprint256, named.fingerprint)
    assert.equal(data.isSessionReused(), ticket !== undefined)
    data.end()
    const channel = await opening
    await readAll(channel)
    await channel.finish()
    await closed(data)
  }
  await opened.close()
})

test('contexts that two names took are both used again, each for its own certificate', async () => {
  const named = selfSigned({ names: ['two.example.org'], now: new Date() })
  const set = certificateSet([certificates().choose(null), { names: [], cert: named.cert, key: named.key }])
  const shared = { certificates: set, contexts: tlsContexts({ minimumVersion: 'TLSv1.2' }) }
  for (let turn = 0; turn < 3; turn++) {
    const tlsSession = session(shared)
    const opened = await control(tlsSession, { servername: 'two.example.org' })
    assert.equal(opened.client.getPeerCertificate().fingerprint256, named.fingerprint)
    assert.equal(await isResumed(tlsSession, { servername: 'two.example.org', session: opened.tickets[0] }), true)
    await opened.close()
    tlsSession.release()
  }
  const unnamed = await control(session(shared))
  assert.notEqual(unnamed.client.getPeerCertificate().fingerprint256, named.fingerprint)
  await unnamed.close()
})

test('new control connections show a replaced certificate', async () => {
  const set = certificates()
  const next = selfSigned({ names: ['localhost'], now: new Date() })
  set.replace([{ names: [], cert: next.cert, key: next.key }])
  const opened = await control(session({ certificates: set }))
  assert.equal(opened.client.getPeerCertificate().fingerprint256, next.fingerprint)
  await opened.close()
})

test('old versions and suites without authenticated encryption are refused', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  await assert.rejects(control(session(), old), { code: 'tls-required' })
  const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' } as const
  await assert.rejects(control(session(), weak), { code: 'tls-required' })
  const strict = session({ contexts: tlsContexts({ minimumVersion: 'TLSv1.3' }) })
  await assert.rejects(control(strict, { maxVersion: 'TLSv1.2' }), { code: 'tls-required' })
})

test('the cheapest strong suite is chosen, whatever the client likes best', async () => {
  for (const [version, suite] of [
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
  ] as const) {
    const opened = await control(session(), { minVersion: version, maxVersion: version })
    assert.equal(opened.client.getCipher().name, suite)
    await opened.close()
  }
})

test('a client cannot renegotiate', async () => {
  const opened = await control(session(), { maxVersion: 'TLSv1.2' })
  const refusal = await new Promise<Error | null>((resolve) => {
    opened.client.once('error', resolve)
    opened.client.renegotiate({}, resolve)
  })
  assert.match(String(refusal), /no.renegotiation/i)
  opened.client.destroy()
})

test('what was read in clear before the handshake is never answered', async () => {
  const listener = net.createServer().listen(0, here)
  await once(listener, 'listening')
  const raw = connect((listener.address() as net.AddressInfo).port)
  raw.write('USER injected\r\n')
  const [accepted] = (await once(listener, 'connection')) as [net.Socket]
  listener.close()
  await once(accepted, 'readable')
  const securing = session().startControl(accepted, { handshakeMilliseconds: 2000 })
  const client = tls.connect({ socket: raw, rejectUnauthorized: false })
  const secured = await securing
  client.write('USER secret\r\n')
  const [line] = (await once(secured, 'data')) as [Buffer]
  assert.equal(line.toString(), 'USER secret\r\n')
  secured.destroy()
  await closed(client)
})

test('a handshake that never comes ends in time', async () => {
  const listener = net.createServer().listen(0, here)
  await once(listener, 'listening')
  const client = connect((listener.address() as net.AddressInfo).port)
  const [accepted] = (await once(listener, 'connection')) as [net.Socket]
  listener.close()
  await assert.rejects(session().startControl(accepted, { handshakeMilliseconds: 30 }), { code: 'tls-required' })
  assert.equal(accepted.destroyed, true)
  await closed(client)
})

test('an error inside TLS after the handshake ends the control connection', async () => {
  const opened = await control(session())
  const ended = new Promise((resolve) => opened.server.once('close', resolve))
  opened.below.write('no record of TLS, but longer than a header')
  await ended
  opened.client.destroy()
})
