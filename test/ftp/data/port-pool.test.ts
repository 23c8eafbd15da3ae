import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { portPool } from '../../../src/ftp/data/port-pool.ts'
import { turnedClock } from '../../helpers/turned-clock.ts'
import { connect, here, now } from './peers.ts'

/** Ports next to each other that are free just now. */
async function freeRange(count: number): Promise<{ first: number; last: number }> {
  for (;;) {
    const probe = net.createServer().listen(0, here)
    await once(probe, 'listening')
    const { port } = probe.address() as net.AddressInfo
    probe.close()
    if (port + count > 65_535) continue
    const range = { first: port, last: port + count - 1 }
    const pool = portPool({ ...range, random: () => 0, now })
    const tried = await Promise.allSettled(Array.from({ length: count }, () => pool.listen(here)))
    for (const each of tried) if (each.status === 'fulfilled') each.value.close()
    if (tried.every(({ status }) => status === 'fulfilled')) return range
  }
}

test('every port of the range is used, none outside it, and then it is refused at once', async () => {
  const range = await freeRange(5)
  const pool = portPool({ ...range, random: Math.random, now })
  const open = await Promise.all([1, 2, 3, 4, 5].map(() => pool.listen(here)))
  assert.deepEqual(
    open.map(({ port }) => port).toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4].map((step) => range.first + step),
  )
  await assert.rejects(pool.listen(here), { code: 'data-connection-refused' })
  open[2]?.close()
  const again = await pool.listen(here)
  assert.equal(again.port, open[2]?.port)
  for (const { close } of [...open, again]) close()
})

test('ports that another process holds are left to it', async () => {
  const range = await freeRange(3)
  const other = net.createServer().listen(range.first + 1, here)
  await once(other, 'listening')
  const pool = portPool({ ...range, random: Math.random, now })
  const open = [await pool.listen(here), await pool.listen(here)]
  assert.ok(open.every(({ port }) => port !== range.first + 1))
  await assert.rejects(pool.listen(here), { code: 'data-connection-refused' })
  for (const { close } of open) close()
  other.close()
})

test('a port that was in use is tried after all others for a minute, and not forgotten', async (t) => {
  const range = await freeRange(2)
  const other = net.createServer().listen(range.first, here)
  await once(other, 'listening')
  const clock = turnedClock()
  const pool = portPool({ ...range, random: () => 0, now: () => clock.monotonic() })
  const listen = t.mock.method(net.Server.prototype, 'listen')
  const drawn = async () => {
    const before = listen.mock.callCount()
    const { port, close } = await pool.listen(here)
    return { port: port - range.first, tries: listen.mock.callCount() - before, close }
  }
  const found = []
  for (const milliseconds of [0, 59_999, 1]) {
    clock.turn(milliseconds)
    const { close, ...rest } = await drawn()
    close()
    found.push(rest)
  }
  assert.deepEqual(found, [
    { port: 1, tries: 2 },
    { port: 1, tries: 1 },
    { port: 1, tries: 2 },
  ])
  const second = await drawn()
  other.close()
  await once(other, 'close')
  const first = await drawn()
  assert.deepEqual([first.port, second.port], [0, 1])
  for (const { close } of [first, second]) close()
})

test('ports are drawn by chance, not in a row', async () => {
  const range = await freeRange(4)
  for (const [random, step] of [
    [0, 0],
    [0.3, 1],
    [0.5, 2],
    [0.99, 3],
  ] as const) {
    const { port, close } = await portPool({ ...range, random: () => random, now }).listen(here)
    assert.equal(port, range.first + step)
    close()
  }
})

test('a port that was given back twice is given back once', async () => {
  const range = await freeRange(1)
  const pool = portPool({ ...range, random: Math.random, now })
  const first = await pool.listen(here)
  first.close()
  const second = await pool.listen(here)
  first.close()
  await assert.rejects(pool.listen(here), { code: 'data-connection-refused' })
  second.close()
})

test('sockets come paused: a byte sent at once is not lost', async () => {
  const pool = portPool({ first: 0, last: 0, random: Math.random, now })
  const { server, port, close } = await pool.listen(here)
  const client = connect(port)
  client.write('early')
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  close()
  assert.equal(socket.isPaused(), true)
  const [chunk] = (await once(socket.resume(), 'data')) as [Buffer]
  assert.equal(chunk.toString(), 'early')
  client.destroy()
  socket.destroy()
})

test('an address that is not ours is refused', async () => {
  const pool = portPool({ first: 0, last: 0, random: Math.random, now })
  await assert.rejects(pool.listen('192.0.2.1'), { code: 'data-connection-refused' })
})
