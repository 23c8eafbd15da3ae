import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import * as fc from 'fast-check'
import { openState } from '../../src/state/database.ts'
import { sqlQuotaLedger } from '../../src/state/quota.ts'
import type { StateOptions } from '../../src/state/options.ts'
import { childProgram } from '../helpers/child-program.ts'
import { testOnEngines } from '../helpers/state-engines.ts'

async function opened(t: TestContext, options: StateOptions) {
  const database = await openState(options)
  t.after(() => database.close())
  return (owner: string) => sqlQuotaLedger(database, { owner })
}

testOnEngines('bytes are taken up to the limit and not beyond', async (t, engine) => {
  const ledger = (await opened(t, await engine.empty(t)))('a')
  await ledger.measured('alice', 90)
  assert.equal(await ledger.reserve('alice', 11, 100), false)
  assert.equal(await ledger.usage('alice'), 90)
  assert.equal(await ledger.reserve('alice', 10, 100), true)
  assert.equal(await ledger.reserve('alice', 1, 100), false)
  assert.equal(await ledger.reserve('alice', 1, Infinity), true)
  assert.equal(await ledger.usage('alice'), 101)
})

testOnEngines(
  'an account that was never measured has no figure, and what is found does not replace one',
  async (t, engine) => {
    const ledger = (await opened(t, await engine.empty(t)))('a')
    await ledger.adjust('alice', 5)
    assert.equal(await ledger.usage('alice'), null)
    await ledger.measured('alice', 7)
    await ledger.measured('alice', 1000)
    assert.equal(await ledger.usage('alice'), 7)
    await ledger.set('alice', 3)
    assert.equal(await ledger.usage('alice'), 3)
    assert.equal(await ledger.usage('__proto__'), null)
  },
)

testOnEngines('a figure follows every change, and never falls below nothing', async (t, engine) => {
  const ledgerOf = await opened(t, await engine.empty(t))
  let number = 0
  const change = fc.record({ bytes: fc.integer({ min: -50, max: 50 }), isReservation: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(change), async (changes) => {
      const account = `account ${number++}`
      const ledger = ledgerOf('a')
      await ledger.set(account, 0)
      let expected = 0
      for (const { bytes, isReservation } of changes) {
        if (isReservation) {
          const fits = expected + Math.abs(bytes) <= 100
          assert.equal(await ledger.reserve(account, Math.abs(bytes), 100), fits)
          if (fits) expected += Math.abs(bytes)
        } else {
          await ledger.adjust(account, bytes)
          expected = Math.max(0, expected + bytes)
        }
        assert.equal(await ledger.usage(account), expected)
      }
    }),
    { numRuns: 30 },
  )
})

testOnEngines('processes that take the last bytes together get exactly what there is', async (t, engine) => {
  const options = await engine.empty(t)
  const ledger = (await opened(t, options))('main')
  await ledger.measured('alice', 0)
  const program = new URL('reserve-all.ts', import.meta.url)
  const children = ['1', '2', '3'].map((owner) => childProgram(t, program, [JSON.stringify(options), owner, '3000']))
  const taken = await Promise.all(children.map(async (child) => Number((await child.lines.next()).value)))
  assert.equal(taken[0]! + taken[1]! + taken[2]!, 3000)
  assert.equal(await ledger.usage('alice'), 3000)
})

testOnEngines('what a killed process had taken is measured again, what others had is known', async (t, engine) => {
  const ledgerOf = await opened(t, await engine.empty(t))
  const killed = ledgerOf('killed')
  const ended = ledgerOf('ended')
  for (const account of ['alice', 'bob', 'carol']) await killed.measured(account, 10)
  await killed.reserve('alice', 5, 100)
  await ended.reserve('bob', 5, 100)
  await ended.adjust('bob', -5)
  await ended.settled()
  assert.equal(await ledgerOf('next').recover(''), 1)
  assert.deepEqual(await Promise.all(['alice', 'bob', 'carol'].map((account) => killed.usage(account))), [null, 10, 10])
  assert.equal(await ledgerOf('next').recover(''), 0)
})

testOnEngines('a process that was settled leaves a mark again when it goes on', async (t, engine) => {
  const ledger = (await opened(t, await engine.empty(t)))('a')
  await ledger.reserve('alice', 5, 100)
  await ledger.settled()
  await ledger.reserve('alice', 5, 100)
  assert.equal(await ledger.recover(''), 1)
})
