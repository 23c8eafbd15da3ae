import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { interruptible, semaphore, waitAtMost, withDeadline } from '../../src/core/concurrency.ts'

test('no more run at once than there are places, and all have their turn in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(3), { maxLength: 20 }), async (places, works) => {
      const gate = semaphore({ places })
      const begun: number[] = []
      let running = 0
      const work = (ticks: number, index: number) => async () => {
        begun.push(index)
        running++
        assert.ok(running <= places)
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
        running--
      }
      await Promise.all(works.map((ticks, index) => gate.run(work(ticks, index))))
      assert.deepEqual(begun, [...works.keys()])
    }),
  )
})

test('whoever comes when too many wait is refused, and costs no place', async () => {
  const gate = semaphore({ places: 1, waiting: 1 })
  const first = await gate.acquire()
  const second = gate.acquire()
  await assert.rejects(gate.acquire(), { code: 'too-busy' })
  assert.equal(gate.waiting(), 1)
  first()
  const release = await second
  release()
  await gate.run(async () => {})
})

test('who asks for a place at once gets one that is free, or none', async () => {
  const places = semaphore({ places: 1 })
  const release = places.take()
  assert.equal(places.take(), null)
  const waiting = places.acquire()
  release?.()
  assert.equal(places.take(), null, 'it belongs to who waited')
  ;(await waiting)()
  assert.notEqual(places.take(), null)
})

test('a place is free again after an error, and giving it back twice gives it once', async () => {
  const gate = semaphore({ places: 1, waiting: 0 })
  await assert.rejects(
    gate.run(async () => {
      throw new TypeError('oops')
    }),
    TypeError,
  )
  const release = await gate.acquire()
  release()
  release()
  await gate.acquire()
  await assert.rejects(gate.acquire(), { code: 'too-busy' })
})

test('a wait ends when the signal does, whatever it waits for', async () => {
  const stop = new AbortController()
  const waiting = interruptible(stop.signal)
  assert.equal(await waiting.wait(Promise.resolve(1)), 1)
  const never = waiting.wait(new Promise(() => {}))
  stop.abort(new RangeError('stopped'))
  await assert.rejects(never, RangeError)
  await assert.rejects(waiting.wait(Promise.reject(new TypeError('late'))), RangeError)
})

test('however many waits there were, the signal holds one listener, and none in the end', async () => {
  const { signal } = new AbortController()
  const waiting = interruptible(signal)
  for (let i = 0; i < 100; i++) await waiting.wait(Promise.resolve(i))
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  waiting.close()
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a task that does not end is given up at its deadline, and told so', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let given: AbortSignal | null = null
  const late = withDeadline({ milliseconds: 50, sentence: 'Too slow.' }, (signal) => {
    given = signal
    return new Promise(() => {})
  })
  t.mock.timers.tick(50)
  await assert.rejects(late, { code: 'unavailable', message: 'Too slow.' })
  assert.equal((given as AbortSignal | null)?.aborted, true)
})

test('a deadline leaves what ends in time, and what fails by itself, as it is', async () => {
  const limits = { milliseconds: 60_000, sentence: 'Too slow.' }
  assert.equal(await withDeadline(limits, async () => 'done'), 'done')
  await assert.rejects(
    withDeadline(limits, async () => {
      throw new TypeError('oops')
    }),
    TypeError,
  )
  const signal = AbortSignal.abort(new RangeError('stopped'))
  await assert.rejects(
    withDeadline({ ...limits, signal }, () => new Promise(() => {})),
    RangeError,
  )
})

test('what takes too long is waited for no longer, and what fails in time is told', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const waiting = waitAtMost(1000, new Promise(() => {}))
  t.mock.timers.tick(1000)
  await waiting
  await waitAtMost(1000, Promise.resolve())
  await assert.rejects(waitAtMost(1000, Promise.reject(new Error('broken'))), /broken/)
})
