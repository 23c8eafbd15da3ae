import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { GatewayError } from '../../src/core/errors.ts'
import { blockBytesUpTo, blockPool, nextBlockBytes } from '../../src/core/memory-blocks.ts'
import { memoryBudget, type Lease, type LeaseRequest, type MemoryBudget } from '../../src/core/memory-budget.ts'

const kib = 1024
const mib = 1024 * kib
const part: LeaseRequest = { owner: 'ada', leastBytes: 5 * mib, mostBytes: 8 * mib, lane: 'part' }

/** Takes what can be had without waiting. */
function growAll(lease: Lease): number {
  while (lease.tryGrow() !== null);
  return lease.bytes()
}

/** Whether the promise is settled already. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await turn()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

test('blocks grow with what is there, and end exactly where the buffer ends', () => {
  const lengths = [0]
  while ((lengths.at(-1) ?? 0) < 8 * mib) {
    const held = lengths.at(-1) ?? 0
    const block = nextBlockBytes(held, 8 * mib)
    assert.ok(block <= Math.max(16 * kib, 16 * held), `${block} behind ${held}`)
    lengths.push(held + block)
  }
  assert.equal(lengths.at(-1), 8 * mib)
  assert.ok(lengths.length < 40, `${lengths.length} blocks`)
})

test('a buffer that got 10 KiB holds 16', () => {
  const lease = memoryBudget({ bytes: 64 * mib }).lease(part)
  lease.tryGrow()
  assert.equal(lease.bytes(), 16 * kib)
})

test('blocks for a length cover it, with less than one block to spare', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 * mib }), fc.integer({ min: 0, max: 64 * mib }), (least, extra) => {
      const bytes = blockBytesUpTo(least, 0, least + extra)
      assert.ok(bytes >= least)
      const block = least <= 16 * kib ? 16 * kib : least <= 256 * kib ? 64 * kib : least <= 4 * mib ? 256 * kib : mib
      assert.ok(bytes < least + block)
    }),
  )
})

test('a released block is used again', () => {
  const budget = memoryBudget({ bytes: 64 * mib })
  const first = budget.lease(part)
  const block = first.tryGrow()
  first.release()
  assert.equal(budget.lease(part).tryGrow(), block)
})

test('blocks kept for later make room for others, so that all together stay within the bound', () => {
  const pool = blockPool(2 * mib)
  const blocks = Array.from({ length: 8 }, () => pool.take(256 * kib))
  for (const block of blocks) pool.give(block)
  assert.equal(pool.bytes(), 2 * mib)
  pool.take(mib)
  assert.equal(pool.bytes(), 2 * mib)
  pool.take(mib)
  assert.equal(pool.bytes(), 2 * mib)
})

test('one owner alone gets most of the memory without waiting, and never all', () => {
  const budget = memoryBudget({ bytes: 256 * mib })
  const leases = Array.from({ length: 64 }, () => budget.lease(part))
  const bytes = leases.reduce((sum, lease) => sum + growAll(lease), 0)
  assert.ok(bytes > 120 * mib && bytes < 176 * mib, `${bytes / mib} MiB`)
})

test('an owner who comes late finds memory, however many others hold theirs', () => {
  const budget = memoryBudget({ bytes: 256 * mib })
  for (let i = 0; i < 100; i++) growAll(budget.lease({ ...part, owner: `early-${i % 5}` }))
  const late = budget.lease({ ...part, owner: 'late' })
  assert.ok(growAll(late) >= 5 * mib, `${late.bytes()}`)
})

test('a small upload finds memory when its own account has spent its share', () => {
  const budget = memoryBudget({ bytes: 256 * mib })
  for (let i = 0; i < 100; i++) growAll(budget.lease(part))
  assert.equal(budget.lease(part).tryGrow(), null)
  const small = budget.lease({ ...part, lane: 'small' })
  assert.ok(growAll(small) >= 128 * kib)
  assert.ok(small.bytes() <= 256 * kib, 'no more than is small')
})

test('who holds enough to send is told so, and does not wait', async () => {
  const budget = memoryBudget({ bytes: 64 * mib })
  const leases = Array.from({ length: 20 }, () => budget.lease({ ...part, mostBytes: 32 * mib }))
  for (const lease of leases) growAll(lease)
  const enough = leases.find((lease) => lease.bytes() >= part.leastBytes)
  assert.ok(enough !== undefined)
  assert.equal(await enough.grow(), null)
})

test('a full lease gets no block', async () => {
  const lease = memoryBudget({ bytes: 64 * mib }).lease({ ...part, leastBytes: 16 * kib, mostBytes: 16 * kib })
  assert.ok(lease.tryGrow() !== null)
  assert.equal(lease.tryGrow(), null)
  assert.equal(await lease.grow(), null)
})

/** A budget whose general memory and seats are spent, and the leases that hold it. */
async function spent(): Promise<{ budget: MemoryBudget; seated: readonly Lease[] }> {
  const budget = memoryBudget({ bytes: 64 * mib })
  for (let i = 0; i < 50; i++) growAll(budget.lease({ ...part, owner: `greedy-${i}` }))
  const seated: Lease[] = []
  for (;;) {
    const lease = budget.lease(part)
    while (lease.tryGrow() !== null);
    if (lease.bytes() >= part.leastBytes) continue
    const growing = lease.grow()
    growing.catch(() => {})
    if (!(await isSettled(growing))) {
      lease.release()
      return { budget, seated }
    }
    seated.push(lease)
  }
}

test('who waits gets all it needs to send, set aside: a quarter of the budget for such seats', async () => {
  const { seated } = await spent()
  assert.equal(seated.length, 3)
  for (const lease of seated) assert.ok(growAll(lease) >= part.leastBytes)
})

test('a seat that is given back goes to the next who waits', async () => {
  const { budget, seated } = await spent()
  const waiting = budget.lease(part)
  const block = waiting.grow()
  assert.equal(await isSettled(block), false)
  assert.equal(budget.statistics().waiting, 1)
  seated[0]?.release()
  assert.ok((await block) instanceof Buffer)
  assert.ok(growAll(waiting) >= part.leastBytes)
})

test('owners take seats in turn: one who waits with a hundred uploads does not hold up another', async () => {
  const { budget, seated } = await spent()
  const served: string[] = []
  const wait = (owner: string) => {
    const lease = budget.lease({ ...part, owner })
    lease.grow().then(
      () => served.push(owner),
      () => {},
    )
  }
  for (let i = 0; i < 100; i++) wait('crowd')
  wait('single')
  for (const lease of seated) lease.release()
  await turn()
  assert.equal(served.length, 3)
  assert.ok(served.includes('single'), served.join())
})

test('waiting ends with the signal, with its reason, and leaves nothing behind', async () => {
  const { budget } = await spent()
  const controller = new AbortController()
  const lease = budget.lease(part)
  const growing = lease.grow(controller.signal)
  const reason = new GatewayError('data-connection-lost', 'Gone.')
  controller.abort(reason)
  await assert.rejects(growing, (error) => error === reason)
  await assert.rejects(lease.grow(controller.signal), (error) => error === reason)
  assert.equal(budget.statistics().waiting, 0)
})

test('a lease released while it waits stops waiting', async () => {
  const { budget } = await spent()
  const lease = budget.lease(part)
  const growing = lease.grow()
  lease.release()
  await assert.rejects(growing, { code: 'aborted' })
  await assert.rejects(lease.grow(), { code: 'aborted' })
  assert.equal(lease.tryGrow(), null)
  assert.equal(budget.statistics().waiting, 0)
})

test('what is released twice is given back once', () => {
  const budget = memoryBudget({ bytes: 64 * mib })
  const [one, two] = [budget.lease(part), budget.lease(part)]
  one.tryGrow()
  two.tryGrow()
  one.release()
  one.release()
  assert.equal(budget.statistics().leasedBytes, 16 * kib)
})

test('parts that no seat could hold are refused at once', () => {
  const budget = memoryBudget({ bytes: 16 * mib })
  assert.throws(() => budget.lease(part), { code: 'internal' })
})

interface Simulated {
  readonly owner: string
  readonly bytes: number
}

/** As the upload engine does: fills a part, sends it when full or when no memory is left and it is long enough. */
async function simulate(budget: MemoryBudget, upload: Simulated, check: () => void): Promise<void> {
  let left = upload.bytes
  const sending = new Set<Promise<void>>()
  for (let number = 1; left > 0; number++) {
    const lease = budget.lease({ ...part, owner: upload.owner, lane: number === 1 ? 'small' : 'part' })
    const wanted = Math.min(left, part.mostBytes)
    while (lease.bytes() < wanted) {
      const block = lease.tryGrow() ?? (await lease.grow())
      check()
      if (block === null) break
      if (upload.bytes % 3 === 0) await turn()
    }
    left -= Math.min(lease.bytes(), wanted)
    const sent = (async () => {
      await turn()
      lease.release()
    })()
    sending.add(sent)
    sent.then(
      () => sending.delete(sent),
      () => {},
    )
    if (sending.size >= 4) await Promise.race(sending)
  }
  await Promise.all(sending)
}

test('any mix of uploads ends, within the bound at every step, and gives everything back', async () => {
  const anyUpload = fc.record({
    owner: fc.constantFrom('ada', 'ben', 'cleo', 'dan'),
    bytes: fc.oneof(fc.integer({ min: 0, max: 300 * kib }), fc.integer({ min: 0, max: 40 * mib })),
  })
  const anyBudget = fc.integer({ min: 24, max: 96 })
  await fc.assert(
    fc.asyncProperty(anyBudget, fc.array(anyUpload, { maxLength: 60 }), async (budgetMib, uploads) => {
      const budget = memoryBudget({ bytes: budgetMib * mib })
      await Promise.all(uploads.map((upload) => simulate(budget, upload, () => checkBound(budget))))
      assert.equal(budget.statistics().leasedBytes, 0)
      assert.equal(budget.statistics().waiting, 0)
      const lease = budget.lease(part)
      assert.ok(growAll(lease) >= part.leastBytes, 'all of it can be leased again')
    }),
    { numRuns: 40 },
  )
})

test('1,000 uploads of up to 20 MiB by 20 owners end within 64 MiB', async () => {
  const budget = memoryBudget({ bytes: 64 * mib })
  const uploads = Array.from({ length: 1000 }, (_, i) => {
    return { owner: `owner-${i % 20}`, bytes: (i * 7919 * kib) % (20 * mib) }
  })
  await Promise.all(uploads.map((upload) => simulate(budget, upload, () => checkBound(budget))))
  const { leasedBytes, peakBytes, waits } = budget.statistics()
  assert.equal(leasedBytes, 0)
  assert.ok(peakBytes > 40 * mib, 'the budget was used')
  assert.ok(waits > 500, 'and was too small for all at once')
})

function checkBound(budget: MemoryBudget): void {
  const { leasedBytes, heldBytes, bytes } = budget.statistics()
  assert.ok(leasedBytes <= heldBytes && heldBytes <= bytes, `${leasedBytes} ≤ ${heldBytes} ≤ ${bytes}`)
}
