import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { gateway } from '../helpers/gateway.ts'
import { connected, loggedIn, RawClient, readToEnd } from '../helpers/raw-client.ts'

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The first reply, where it may be a refusal. */
async function firstReply(
  server: Parameters<typeof connected>[0],
  localAddress?: string,
): Promise<[RawClient, string]> {
  const client = new RawClient({
    ...{ port: server.ports.none, clients: server.clients },
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  const { code, text } = await client.start()
  return [client, `${code} ${text}`]
}

test('a passive range that is used up gives 425 at once, and a port given back serves the next', async (t) => {
  const port = await freePort()
  const server = await gateway(t, { kinds: ['none'], passive: { ports: port } })
  const first = await loggedIn(server)
  const second = await loggedIn(server)
  assert.equal(await first.passive(), port)
  assert.deepEqual(await second.codes('EPSV', 'PASV', 'NOOP'), [425, 425, 200])
  assert.equal(await first.passive(), port)
  assert.equal((await first.command('ABOR')).code, 225)
  assert.equal(await second.passive(), port)
})

test('a stranger at a data port gets nothing and gives nothing, and the owner still gets in', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  writeFileSync(join(server.files, 'a'), 'secret')
  const client = await loggedIn(server)
  for (const line of ['RETR a', 'STOR b']) {
    const port = await client.passive()
    const stranger = net.connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
    stranger.on('error', () => {})
    stranger.write('stolen')
    assert.equal((await readToEnd(stranger)).bytes.length, 0)
    const data = await client.data(port)
    assert.equal((await client.command(line)).code, 150)
    if (line === 'RETR a') assert.equal((await readToEnd(data)).bytes.toString(), 'secret')
    data.end(line === 'STOR b' ? 'mine' : '')
    assert.equal((await client.reply()).code, 226)
  }
  assert.equal(readFileSync(join(server.files, 'b'), 'utf8'), 'mine')
  assert.ok(server.log.some(({ message }) => message === 'stranger at a data port'))
})

test('somebody who connects to a data port and resets does no harm', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  for (let i = 0; i < 20; i++) {
    const data = await client.data(await client.passive())
    data.resetAndDestroy()
    const { code } = await client.command('LIST')
    if (code === 150) assert.ok([226, 425, 426].includes((await client.reply()).code))
  }
  assert.equal((await client.download('NLST')).reply.code, 226)
})

test('one client too many is told 421: in all, from one address, for one account', async (t) => {
  const inAll = await gateway(t, { kinds: ['none'], limits: { sessions: 2 } })
  const [one] = await firstReply(inAll)
  await firstReply(inAll)
  const [, refusal] = await firstReply(inAll, '127.0.0.2')
  assert.match(refusal, /^421 Too many connections/)
  await one.command('QUIT')
  await one.rest()
  one.destroy()
  const fromOne = await gateway(t, { kinds: ['none'], limits: { sessionsPerAddress: 1 } })
  await firstReply(fromOne)
  assert.match((await firstReply(fromOne))[1], /^421 Too many connections from your address/)
  assert.match((await firstReply(fromOne, '127.0.0.2'))[1], /^220 /)
  const forOne = await gateway(t, { kinds: ['none'], limits: { sessionsPerAccount: 1 } })
  const ada = await loggedIn(forOne)
  const again = await connected(forOne)
  assert.deepEqual(await again.codes('USER ada', 'PASS open sesame'), [331, 421])
  await ada.command('QUIT')
  await ada.rest()
  ada.destroy()
  await loggedIn(forOne)
})

test('too many strangers: the one that has waited longest is sent away, who is logged in stays', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { unauthenticatedSessions: 2 } })
  const ada = await loggedIn(server)
  const oldest = await connected(server)
  await connected(server)
  await connected(server)
  assert.match((await oldest.rest()).join('\n'), /^421 /)
  assert.equal((await ada.command('NOOP')).code, 200)
})

test('strangers that were sent away and do not go leave their places to others all the same', async (t) => {
  const server = await gateway(t, { kinds: ['none'], limits: { sessions: 4, unauthenticatedSessions: 2 } })
  // None of them closes its end, so each stays until the server has had enough of it.
  for (let i = 0; i < 12; i++) assert.match((await firstReply(server))[1], /^220 /)
  assert.equal((await (await loggedIn(server)).command('NOOP')).code, 200)
})

test('wrong passwords slow their address down, over all its connections, and nobody else', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const guess = async () => {
    const client = await connected(server)
    client.send('USER ada')
    await client.reply()
    client.send('PASS wrong')
    return client
  }
  const guessers = await Promise.all(Array.from({ length: 12 }, guess))
  let judged = 0
  for (const guesser of guessers)
    void guesser.reply().then(
      () => judged++,
      () => {},
    )
  // From elsewhere the owner gets in meanwhile.
  await loggedIn(server, 'none', { localAddress: '127.0.0.2' })
  assert.ok(judged < 12, 'not all guesses have been looked at')
})

test('a legal hash that is too long to hash is denied without hashing', async (t) => {
  const client = await connected(await gateway(t, { kinds: ['none'] }))
  assert.deepEqual(await client.codes('USER ada', `PASS ${'x'.repeat(1025)}`), [331, 530])
})

test('no password appears in the log', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const client = await connected(server)
  await client.codes('PASS hunter2', 'pass hunter2', 'USER ada', 'PASS hunter2', 'PASShunter2', 'USER ada')
  assert.doesNotMatch(JSON.stringify(server.log), /hunter2/)
})

test('bandwidth is shared by the sessions of an account', async (t) => {
  const server = await gateway(t, {
    kinds: ['none'],
    accounts: [{ name: 'ada', bandwidth: { upload: '200 KiB' } }, { name: 'bob' }],
  })
  const [ada, bob] = [await loggedIn(server), await loggedIn(server, 'none', { name: 'bob' })]
  const bytes = Buffer.alloc(400_000)
  let isAdaDone = false
  const slow = ada.upload('STOR slow', bytes).then((reply) => {
    isAdaDone = true
    return reply
  })
  for (let i = 0; i < 5; i++) assert.equal((await bob.upload('STOR fast', bytes)).code, 226)
  assert.equal(isAdaDone, false)
  assert.equal((await slow).code, 226)
})

for (const [what, settings] of Object.entries({
  'list only': ['list'],
  'read only': ['read'],
  'no delete': ['list', 'read', 'write', 'overwrite', 'append', 'rename', 'makeDirectory'],
  'no overwrite': ['list', 'read', 'write', 'append', 'delete', 'rename', 'makeDirectory'],
})) {
  test(`rights are separate and cannot be gone round: ${what}`, async (t) => {
    const server = await gateway(t, { kinds: ['none'], accounts: [{ name: 'ada', permissions: settings }] })
    writeFileSync(join(server.files, 'a'), 'old a')
    writeFileSync(join(server.files, 'b'), 'old b')
    const client = await loggedIn(server)
    const may = new Set(settings)
    const is = (isAllowed: boolean, code: number) => (isAllowed ? code : 550)
    assert.equal((await client.download('NLST')).reply.code, is(may.has('list'), 226))
    assert.equal((await client.download('RETR a')).reply.code, is(may.has('read'), 226))
    assert.equal((await client.upload('STOR a', 'new')).code, is(may.has('overwrite'), 226))
    assert.equal((await client.upload('APPE b', '+')).code, is(may.has('append'), 226))
    assert.equal((await client.command('MKD d')).code, is(may.has('makeDirectory'), 257))
    assert.equal((await client.command('DELE a')).code, is(may.has('delete'), 250))
    if (!may.has('delete')) {
      assert.equal((await client.command('RMDA /')).code, 550)
      assert.equal((await client.command('RMD d')).code, 550)
    }
    if (!may.has('overwrite') && may.has('rename')) {
      await client.upload('STOR c', 'c')
      assert.deepEqual(await client.codes('RNFR c', 'RNTO b'), [350, 550])
      assert.deepEqual(await client.codes('SITE CPFR c', 'SITE CPTO b'), [350, 550])
      assert.notEqual(readFileSync(join(server.files, 'b'), 'utf8'), 'c')
    }
    if (!may.has('write')) assert.equal((await client.upload('STOR new', 'x')).code, 550)
  })
}
