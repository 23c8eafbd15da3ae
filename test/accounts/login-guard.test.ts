import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { groupOf, loginGuard, type Ban, type LoginGuardRules } from '../../src/accounts/login-guard.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { turnedClock } from '../helpers/turned-clock.ts'

const address = '192.0.2.1'

function guarded(options: Partial<LoginGuardRules> = {}) {
  const clock = turnedClock()
  const lines: string[] = []
  const bans: Ban[] = []
  const log = { ...silentLogger, warn: (message: string) => void lines.push(message) }
  const guard = loginGuard({ clock, log, options, onBan: (ban) => void bans.push(ban) })
  return { guard, clock, lines, bans }
}

/** One guess after another, each after its delay; returns the delays. */
async function fail({ guard, clock }: ReturnType<typeof guarded>, times: number): Promise<(number | null)[]> {
  const delays: (number | null)[] = []
  for (let i = 0; i < times; i++) {
    const delay = await guard.delayFor(address)
    delays.push(delay)
    if (delay === null) break
    clock.turn(delay)
    guard.failed(address)
  }
  return delays
}

/**
 * A crowd of connections from one address that guess as fast as they may, each judged at once. Counts the judgements of the
 * first eight seconds.
 */
async function crowd(t: TestContext, connections: number, judge: (guess: number) => boolean): Promise<number> {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const setup = guarded()
  const due: number[] = []
  const ask = () => {
    void setup.guard.delayFor(address).then((delay) => {
      if (delay !== null) due.push(setup.clock.monotonic() + delay)
    })
  }
  for (let i = 0; i < connections; i++) ask()
  let judged = 0
  for (let millisecond = 0; millisecond <= 8000; millisecond += 50) {
    for (let i = 0; i < 5; i++) await Promise.resolve()
    const ready = due.filter((at) => at <= setup.clock.monotonic()).length
    due.splice(0, due.length, ...due.filter((at) => at > setup.clock.monotonic()))
    for (let i = 0; i < ready; i++) {
      judged++
      if (judge(judged)) setup.guard.succeeded(address)
      else setup.guard.failed(address)
      ask()
    }
    setup.clock.turn(50)
    t.mock.timers.tick(50)
  }
  return judged
}

test('the delay grows with each failure, from half a second to a minute', async () => {
  const delays = await fail(guarded(), 11)
  assert.deepEqual(delays, [0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('a right password after a wrong one waits half a second, and the next does not wait', async () => {
  const { guard, clock } = guarded()
  assert.equal(await guard.delayFor(address), 0)
  guard.failed(address)
  assert.equal(await guard.delayFor(address), 500)
  clock.turn(500)
  guard.succeeded(address)
  assert.equal(await guard.delayFor(address), 0)
})

test('a delay runs from the failure, so that who waited waits no longer', async () => {
  const { guard, clock } = guarded()
  await guard.delayFor(address)
  guard.failed(address)
  clock.turn(400)
  assert.equal(await guard.delayFor(address), 100)
})

test('450 connections from one address get at most 30 guesses in eight seconds', async (t) => {
  const judged = await crowd(t, 450, () => false)
  assert.ok(judged >= 6 && judged <= 30, String(judged))
})

test('an account of one’s own buys no more guesses at others', async (t) => {
  // The crowd gives itself away by its failures only: every second guess is right.
  const judged = await crowd(t, 100, (guess) => guess % 2 === 0)
  assert.ok(judged / 2 <= 30, String(judged))
})

test('fifty sessions that a device opens at once do not wait for each other', async (t) => {
  const judged = await crowd(t, 50, () => true)
  assert.ok(judged > 500, String(judged))
})

test('another address waits for nobody', async () => {
  const setup = guarded()
  await fail(setup, 10)
  assert.equal(await setup.guard.delayFor('192.0.2.2'), 0)
  assert.equal(await setup.guard.delayFor('2001:db8::1'), 0)
})

test('addresses of one IPv6 customer count as one, mapped addresses as IPv4', async () => {
  const { guard } = guarded()
  await guard.delayFor('2001:db8:1:2::1')
  guard.failed('2001:db8:1:2::1')
  assert.equal(await guard.delayFor('2001:0db8:1:2:ffff::9'), 500)
  assert.equal(await guard.delayFor('2001:db8:1:3::1'), 0)
  await guard.delayFor('192.0.2.7')
  guard.failed('192.0.2.7')
  assert.equal(await guard.delayFor('::ffff:192.0.2.7'), 500)
})

test('after twenty failures an address is refused for ten minutes, and one line says so', async () => {
  const setup = guarded()
  const delays = await fail(setup, 30)
  assert.equal(delays.length, 21)
  assert.equal(delays.at(-1), null)
  assert.deepEqual(setup.bans, [{ address, failures: 20, milliseconds: 600_000 }])
  assert.equal(setup.lines.length, 1)
  setup.clock.turn(599_999)
  assert.equal(await setup.guard.delayFor(address), null)
  setup.clock.turn(1)
  assert.equal(await setup.guard.delayFor(address), 0)
})

test('those who wait for their turn when an address is banned are refused too', async () => {
  const setup = guarded({ failuresToBan: 1 })
  const first = await Promise.all(Array.from({ length: 6 }, () => setup.guard.delayFor(address)))
  const waiting = setup.guard.delayFor(address)
  setup.guard.failed(address)
  assert.deepEqual(first, [0, 0, 0, 0, 0, 0])
  assert.equal(await waiting, null)
})

test('failures are forgiven when an address was quiet for ten minutes', async () => {
  const setup = guarded()
  await fail(setup, 8)
  setup.clock.turn(599_999)
  assert.equal(await setup.guard.delayFor(address), 0)
  setup.guard.failed(address)
  assert.equal(await setup.guard.delayFor(address), 60_000)
  setup.clock.turn(600_000)
  assert.equal(await setup.guard.delayFor(address), 0)
  setup.guard.failed(address)
  assert.equal(await setup.guard.delayFor(address), 500)
})

test('a guess whose connection went away holds the others up for a quarter of a minute at most', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { guard, clock } = guarded()
  for (let i = 0; i < 6; i++) await guard.delayFor(address)
  const waiting = guard.delayFor(address)
  clock.turn(15_000)
  t.mock.timers.tick(15_000)
  assert.equal(await waiting, 0)
})

test('a guess that was given up lets the next have its turn, and forgives nothing', async () => {
  const { guard, clock } = guarded()
  await guard.delayFor(address)
  guard.failed(address)
  assert.equal(await guard.delayFor(address), 500)
  const waiting = guard.delayFor(address)
  clock.turn(100)
  guard.abandoned(address)
  assert.equal(await waiting, 400)
})

test('it remembers a bounded number of addresses, and forgets the quietest', async () => {
  const { guard } = guarded({ addresses: 2 })
  for (const last of [1, 2, 3]) {
    await guard.delayFor(`192.0.2.${last}`)
    guard.failed(`192.0.2.${last}`)
  }
  assert.equal(await guard.delayFor('192.0.2.3'), 500)
  assert.equal(await guard.delayFor('192.0.2.1'), 0)
})

test('the group of an address is the same for every spelling of it', () => {
  assert.equal(groupOf('2001:db8::1'), '2001:db8:0:0::/64')
  assert.equal(groupOf('2001:DB8:0:0:1:2:3:4'), '2001:db8:0:0::/64')
  assert.equal(groupOf('::1'), '0:0:0:0::/64')
  assert.equal(groupOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  assert.equal(groupOf('64:ff9b::192.0.2.1'), '64:ff9b:0:0::/64')
  assert.equal(groupOf('1:2:3::192.0.2.1'), '1:2:3:0::/64')
  fc.assert(fc.property(fc.ipV4(), (text) => groupOf(text) === text))
  const group = fc.integer({ min: 0, max: 0xffff })
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const written = groups.map((it) => it.toString(16).padStart(4, '0')).join(':')
      const expected = groups.slice(0, 4).map((it) => it.toString(16))
      assert.equal(groupOf(written), `${expected.join(':')}::/64`)
      const short = new URL(`http://[${written}]/`).hostname.slice(1, -1)
      assert.equal(groupOf(short), groupOf(written))
    }),
  )
})
