import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gateway } from '../helpers/gateway.ts'
import { loggedIn, readToEnd, type RawClient } from '../helpers/raw-client.ts'

// protocol.md §4.6. Every ABOR and every transfer gets one final reply, ABOR's last, and the session goes on.

async function replies(client: RawClient, count: number): Promise<number[]> {
  const codes: number[] = []
  for (let i = 0; i < count; i++) codes.push((await client.reply()).code)
  return codes
}

async function goesOn(client: RawClient): Promise<void> {
  assert.deepEqual(await client.codes('NOOP', 'ABOR'), [200, 225])
  assert.equal((await client.upload('STOR afterwards', 'x')).code, 226)
}

for (const kind of ['none', 'implicit'] as const) {
  test(`ABOR with nothing agreed, and with an agreement only (${kind})`, async (t) => {
    const client = await loggedIn(await gateway(t, { kinds: [kind] }), kind)
    assert.deepEqual(await client.codes('ABOR', 'EPSV', 'ABOR', 'LIST'), [225, 229, 225, 425])
    const data = await client.data(await client.passive(), { clear: true })
    assert.equal((await client.command('ABOR')).code, 225)
    assert.equal((await readToEnd(data)).ending, 'reset')
    await goesOn(client)
  })

  test(`ABOR while the server waits for the data connection (${kind})`, async (t) => {
    const client = await loggedIn(await gateway(t, { kinds: [kind] }), kind)
    assert.deepEqual(await client.codes('EPSV', 'STOR waiting', 'ABOR'), [229, 150, 426])
    assert.deepEqual(await replies(client, 1), [226])
    await goesOn(client)
  })

  test(`ABOR in a stalled download (${kind})`, async (t) => {
    const server = await gateway(t, { kinds: [kind] })
    writeFileSync(join(server.files, 'big'), Buffer.alloc(32 * 1024 * 1024))
    const client = await loggedIn(server, kind)
    const { reply, data } = await client.transfer('RETR big')
    assert.equal(reply.code, 150)
    data.pause()
    client.send('ABOR')
    assert.deepEqual(await replies(client, 2), [426, 226])
    assert.equal((await readToEnd(data)).ending, 'reset')
    await goesOn(client)
  })

  test(`ABOR in an upload: nothing is stored (${kind})`, async (t) => {
    const server = await gateway(t, { kinds: [kind] })
    const client = await loggedIn(server, kind)
    const { data } = await client.transfer('STOR half')
    data.resume()
    data.write(Buffer.alloc(200_000))
    client.send('ABOR')
    assert.deepEqual(await replies(client, 2), [426, 226])
    assert.equal(existsSync(join(server.files, 'half')), false)
    await goesOn(client)
  })
}

test('ABOR as the last byte of a whole upload: one final reply each', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  for (let round = 0; round < 10; round++) {
    const { data } = await client.transfer(`STOR race${round}`)
    data.end('whole')
    client.send('ABOR')
    const [first, second] = await replies(client, 2)
    assert.ok((first === 226 && second === 225) || (first === 426 && second === 226), `${first} ${second}`)
    assert.equal((await client.command('NOOP')).code, 200)
  }
})

test('ABOR behind a queued transfer keeps it from starting', async (t) => {
  const server = await gateway(t, { kinds: ['none'] })
  const client = await loggedIn(server)
  const { data } = await client.transfer('STOR first')
  client.send('EPSV')
  client.send('STOR second')
  client.send('ABOR')
  data.destroy()
  const codes = await replies(client, 4)
  assert.deepEqual([codes[0], codes.at(-2), codes.at(-1)], [426, 426, 226])
  assert.equal(existsSync(join(server.files, 'second')), false)
  await goesOn(client)
})

test('ABOR with telnet IP and Synch in front, as lftp sends it', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  await client.transfer('STOR x')
  // The urgent byte leaves the stream: what is read is FF F4 FF, then the verb.
  client.send(Buffer.concat([Buffer.of(0xff, 0xf4, 0xff), Buffer.from('ABOR\r\n')]))
  assert.deepEqual(await replies(client, 2), [426, 226])
  await goesOn(client)
})

test('ABOR whose line feed is urgent and never comes, as Python and Ruby send it', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  await client.transfer('STOR x')
  client.send(Buffer.from('ABOR\r'))
  assert.deepEqual(await replies(client, 2), [426, 226])
  client.send(Buffer.from('\nNOOP\r\n'))
  assert.deepEqual(await replies(client, 1), [200])
  await goesOn(client)
})

test('ABOR and STAT whose line feed never comes, as Python and Ruby send them while nothing runs', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  for (const [line, code] of [
    ['STAT\r', 211],
    ['STAT .\r', 212],
    ['ABOR\r', 225],
    ['NOOP\r\n', 200],
  ] as const) {
    client.send(Buffer.from(line))
    assert.deepEqual(await replies(client, 1), [code])
  }
})

test('two ABORs in one segment', async (t) => {
  const client = await loggedIn(await gateway(t, { kinds: ['none'] }))
  await client.transfer('STOR x')
  client.send(Buffer.from('ABOR\r\nABOR\r\n'))
  assert.deepEqual(await replies(client, 3), [426, 226, 225])
  await goesOn(client)
})
