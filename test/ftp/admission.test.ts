import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admission, type Slot } from '../../src/ftp/admission.ts'

const limits = { sessions: 10, sessionsPerAddress: 8, unauthenticatedSessions: 4 }

function placeFor(address: string, doors: ReturnType<typeof admission>): Slot {
  const slot = doors.admit(address)
  assert.ok(typeof slot === 'object', `no place for ${address}`)
  return slot
}

test('of too many strangers, the oldest of the address with the most of them has to go', () => {
  const doors = admission(() => limits)
  const dropped: string[] = []
  const come = (address: string, name: string) => {
    placeFor(address, doors).onDrop = () => dropped.push(name)
  }
  come('192.0.2.1', 'alone')
  for (const name of ['a', 'b', 'c', 'd', 'e']) come('192.0.2.66', name)
  assert.deepEqual(dropped, ['a', 'b'])
  assert.equal(doors.sessions(), 4)
})

test('who has logged in is no stranger, and who has left takes no place', () => {
  const doors = admission(() => limits)
  const slots = Array.from({ length: 6 }, () => {
    const slot = placeFor('192.0.2.1', doors)
    slot.authenticated()
    slot.onDrop = () => assert.fail('a known client was dropped')
    return slot
  })
  for (const slot of [...slots, ...slots]) slot.leave()
  assert.equal(doors.sessions(), 0)
})

test('no more than so many in all, and from one address', () => {
  const doors = admission(() => limits)
  const enter = (address: string) => placeFor(address, doors).authenticated()
  for (let i = 0; i < 8; i++) enter('192.0.2.1')
  assert.equal(doors.admit('192.0.2.1'), 'address-full')
  for (let i = 0; i < 2; i++) enter('192.0.2.2')
  assert.equal(doors.admit('192.0.2.3'), 'full')
})
