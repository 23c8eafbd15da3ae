import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseKey } from '../../../src/core/paths.ts'
import { readTicket, writeTicket, type TicketFacts } from '../../../src/storage/multipart/ticket.ts'

const anyKey = fc
  .array(
    fc.string({ minLength: 1 }).filter((name) => !/[/\p{Cc}]/u.test(name) && name !== '.' && name !== '..'),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((names) => parseKey(names.join('/')))
const anyChecksum = fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))
const anyFacts: fc.Arbitrary<TicketFacts> = fc.record({
  spec: fc.record({
    key: anyKey,
    owner: fc.string(),
    token: fc.string(),
    ifAbsent: fc.boolean(),
    modified: fc.option(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-01-01') })),
    declaredBytes: fc.option(fc.maxSafeNat()),
    bufferBytes: fc.maxSafeNat(),
    base: fc.option(fc.record({ key: anyKey, version: fc.string(), bytes: fc.maxSafeNat(), checksum: anyChecksum })),
  }),
  uploadId: fc.option(fc.string({ minLength: 1 })),
  isListTrusted: fc.boolean(),
  prefix: fc.record({ parts: fc.nat(), bytes: fc.maxSafeNat(), checksum: anyChecksum }),
})

test('a ticket tells all that was put into it', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      // As a plain object: fast-check makes some without a prototype.
      assert.deepEqual(readTicket(writeTicket(facts)), structuredClone(facts))
    }),
  )
})

test('any other text is no ticket', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      assert.equal(readTicket(text), null)
    }),
  )
})

test('a ticket with a key that leaves the storage is none', () => {
  fc.assert(
    fc.property(anyFacts, fc.constantFrom('../x', 'a/../b', 'a//b', 'a\u0000b'), (facts, key) => {
      const forged = { ...(JSON.parse(writeTicket(facts)) as object), key }
      assert.equal(readTicket(JSON.stringify(forged)), null)
    }),
  )
})
