import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { brake } from '../../../src/storage/object-http/requests/brake.ts'
import { delayAfter, defaultRetries, retryAfter } from '../../../src/storage/object-http/requests/retry.ts'

/** A clock, a brake that has seen a steady 100 requests per second for three seconds, and requests it let through since. */
function driven() {
  let at = 0
  const one = brake(() => at)
  const drive = (seconds: number, perSecond: number, answer: (at: number) => void) => {
    let sent = 0
    let freeAt = at
    const end = at + seconds * 1000
    while (at < end) {
      if (at >= freeAt) {
        const wait = one.turn()
        freeAt = at + Math.max(wait, 1000 / perSecond)
        sent++
        answer(at)
      }
      at += 1
    }
    return sent / seconds
  }
  drive(3, 100, () => one.succeeded())
  return { one, drive }
}

describe('the brake', () => {
  test('does not hold anybody while the store is content', () => {
    assert.equal(driven().one.rate(), null)
  })

  test('while the store says "slow down", requests fall far below the usual rate', () => {
    const { one, drive } = driven()
    assert.ok(drive(30, 1000, () => one.slowDown()) < 20)
    assert.ok((one.rate() ?? Infinity) <= 2)
  })

  test('many who hear of the same trouble slow it down once', () => {
    const { one } = driven()
    for (let i = 0; i < 50; i++) one.slowDown()
    assert.ok((one.rate() ?? 0) >= 40)
  })

  test('it recovers step by step, never above twice the usual rate, and lets go', () => {
    const { one, drive } = driven()
    drive(5, 1000, () => one.slowDown())
    const rates = [1, 2, 3, 4].map(() => drive(1, 1000, () => one.succeeded()))
    for (const rate of rates) assert.ok(rate <= 220, rates.join())
    assert.ok((rates[3] ?? 0) > (rates[0] ?? Infinity))
    drive(20, 1000, () => one.succeeded())
    assert.equal(one.rate(), null)
  })
})

describe('waits', () => {
  test('lie between half the step and the step, and the steps are bounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (tries, chance) => {
        const wait = delayAfter(tries, null, { ...defaultRetries, random: () => chance })
        const step = Math.min(10_000, 100 * 2 ** (tries - 1))
        assert.ok(wait >= step / 2 && wait <= step)
      }),
    )
  })

  test('Retry-After is read as seconds or as a date', () => {
    const now = new Date('2026-11-20T12:00:00Z')
    assert.equal(retryAfter('7', now), 7000)
    assert.equal(retryAfter('Fri, 20 Nov 2026 12:00:05 GMT', now), 5000)
    assert.equal(retryAfter('soon', now), null)
    assert.equal(retryAfter(undefined, now), null)
  })
})
