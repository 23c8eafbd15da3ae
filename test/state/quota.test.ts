import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import * as fc from 'fast-check'
import { openState } from '../../src/state/database.ts'
import { sqlQuotaLedger } from '../../src/state/quota.ts'
import { childProgram } from '../helpers/child-program.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

function opened(t: TestContext, directory = temporaryFolder(t)) {
  const database = openState(directory)
  t.after(() => database.close())
  return (owner: string) => sqlQuotaLedger(database, { owner })
}

test('bytes are taken up to the limit and not beyond', (t) => {
  const ledger = opened(t)('a')
  ledger.measured('alice', 90)
  assert.equal(ledger.reserve('alice', 11, 100), false)
  assert.equal(ledger.usage('alice'), 90)
  assert.equal(ledger.reserve('alice', 10, 100), true)
  assert.equal(ledger.reserve('alice', 1, 100), false)
  assert.equal(ledger.reserve('alice', 1, Infinity), true)
  assert.equal(ledger.usage('alice'), 101)
})

test('an account that was never measured has no figure, and what is found does not replace one', (t) => {
  const ledger = opened(t)('a')
  ledger.adjust('alice', 5)
  assert.equal(ledger.usage('alice'), null)
  ledger.measured('alice', 7)
  ledger.measured('alice', 1000)
  assert.equal(ledger.usage('alice'), 7)
  ledger.set('alice', 3)
  assert.equal(ledger.usage('alice'), 3)
  assert.equal(ledger.usage('__proto__'), null)
})

test('a figure follows every change, and never falls below nothing', (t) => {
  const ledgerOf = opened(t)
  let number = 0
  const change = fc.record({ bytes: fc.integer({ min: -50, max: 50 }), isReservation: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const account = `account ${number++}`
      const ledger = ledgerOf('a')
      ledger.set(account, 0)
      let expected = 0
      for (const { bytes, isReservation } of changes) {
        if (isReservation) {
          const fits = expected + Math.abs(bytes) <= 100
          assert.equal(ledger.reserve(account, Math.abs(bytes), 100), fits)
          if (fits) expected += Math.abs(bytes)
        } else {
          ledger.adjust(account, bytes)
          expected = Math.max(0, expected + bytes)
        }
        assert.equal(ledger.usage(account), expected)
      }
    }),
    { numRuns: 30 },
  )
})

test('processes that take the last bytes together get exactly what there is', async (t) => {
  const directory = temporaryFolder(t)
  const ledger = opened(t, directory)('main')
  ledger.measured('alice', 0)
  const program = new URL('reserve-all.ts', import.meta.url)
  const children = ['1', '2', '3'].map((owner) => childProgram(t, program, [directory, owner, '3000']))
  const taken = await Promise.all(children.map(async (child) => Number((await child.lines.next()).value)))
  assert.equal(taken[0]! + taken[1]! + taken[2]!, 3000)
  assert.equal(ledger.usage('alice'), 3000)
})

test('what a killed process had taken is measured again, what others had is known', (t) => {
  const ledgerOf = opened(t)
  const killed = ledgerOf('killed')
  const ended = ledgerOf('ended')
  for (const account of ['alice', 'bob', 'carol']) killed.measured(account, 10)
  killed.reserve('alice', 5, 100)
  ended.reserve('bob', 5, 100)
  ended.adjust('bob', -5)
  ended.settled()
  assert.equal(ledgerOf('next').recover(), 1)
  assert.deepEqual(
    ['alice', 'bob', 'carol'].map((account) => killed.usage(account)),
    [null, 10, 10],
  )
  assert.equal(ledgerOf('next').recover(), 0)
})

test('a process that was settled leaves a mark again when it goes on', (t) => {
  const ledger = opened(t)('a')
  ledger.reserve('alice', 5, 100)
  ledger.settled()
  ledger.reserve('alice', 5, 100)
  assert.equal(ledger.recover(), 1)
})
