import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoreRules } from '../../../src/storage/multipart/object-store.ts'
import { copyRanges } from '../../../src/storage/multipart/copy-plan.ts'
import { partPlan, type PartPlan } from '../../../src/storage/multipart/part-plan.ts'

const mib = 2 ** 20
const gib = 2 ** 30
const tib = 2 ** 40
const s3: StoreRules = {
  minPartBytes: 5 * mib,
  maxPartBytes: 5 * gib,
  maxParts: 10_000,
  maxObjectBytes: 5 * tib,
  maxWholeBytes: 5 * gib,
  wantsEqualParts: false,
  checksum: 'crc64nvme',
  wantsMd5: false,
  listsChecksums: true,
}
const largest: StoreRules = { ...s3, maxObjectBytes: 50_000 * gib }
const cos: StoreRules = { ...largest, minPartBytes: mib, checksum: 'crc64xz', listsChecksums: false }
const equal: StoreRules = { ...s3, wantsEqualParts: true }
const bufferBytes = 32 * mib

/** The parts that content of this length is cut into. */
function cut(plan: PartPlan, bytes: number): number[] {
  const lengths: number[] = []
  for (let left = bytes; left > 0; left -= plan.partBytes(lengths.length)) {
    lengths.push(Math.min(left, plan.partBytes(lengths.length + 1)))
  }
  return lengths
}

const anyRules = fc.constantFrom(s3, largest, cos)
/** Lengths of every order of magnitude, from 0 to 1. */
const anyShare = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => share ** 8)

test('any length up to the most a plan promises fits into 10,000 parts that the store takes', () => {
  const anyDeclared = fc.option(anyShare)
  fc.assert(
    fc.property(fc.constantFrom(s3, largest, cos, equal), anyDeclared, anyShare, (rules, declared, share) => {
      const declaredBytes = declared === null ? null : Math.floor(declared * rules.maxObjectBytes)
      const plan = partPlan({ rules, bufferBytes, declaredBytes })
      const bytes = Math.floor(share * plan.mostBytes)
      const lengths = cut(plan, bytes)
      assert.ok(lengths.length <= rules.maxParts)
      assert.equal(
        lengths.reduce((sum, length) => sum + length, 0),
        bytes,
      )
      for (const length of lengths) assert.ok(length <= rules.maxPartBytes)
      for (const length of lengths.slice(0, -1)) assert.ok(length >= rules.minPartBytes)
    }),
  )
})

test('a plan promises as much as its parts hold together', () => {
  fc.assert(
    fc.property(anyRules, fc.integer({ min: 1, max: 10_000 }), (rules, maxParts) => {
      const plan = partPlan({ rules: { ...rules, maxParts }, bufferBytes, declaredBytes: null })
      const planned = maxParts - plan.spareParts
      let bytes = 0
      for (let number = 1; number <= planned; number++) bytes += plan.partBytes(number)
      assert.equal(plan.mostBytes, Math.min(bytes, rules.maxObjectBytes))
    }),
  )
})

test('the longest object of a store fits, undeclared, where it is 5 TiB; declared, also where it is 48.8', () => {
  assert.equal(partPlan({ rules: s3, bufferBytes, declaredBytes: null }).mostBytes, 5 * tib)
  for (const rules of [largest, cos]) {
    assert.ok(partPlan({ rules, bufferBytes, declaredBytes: null }).mostBytes > 22 * tib)
    const declared = partPlan({ rules, bufferBytes, declaredBytes: rules.maxObjectBytes })
    assert.equal(declared.mostBytes, rules.maxObjectBytes)
    assert.equal(cut(declared, rules.maxObjectBytes).length, 10_000)
  }
})

test('parts never shrink from one to the next', () => {
  fc.assert(
    fc.property(anyRules, fc.option(anyShare), fc.integer({ min: 1, max: 9999 }), (rules, declared, number) => {
      const declaredBytes = declared === null ? null : Math.floor(declared * rules.maxObjectBytes)
      const plan = partPlan({ rules, bufferBytes, declaredBytes })
      assert.ok(plan.partBytes(number + 1) >= plan.partBytes(number))
    }),
  )
})

test('a part is 8 MiB, or a small share of what came before it', () => {
  for (const rules of [s3, largest, cos]) {
    const plan = partPlan({ rules, bufferBytes, declaredBytes: null })
    let beforeBytes = 0
    for (let number = 1; number <= 10_000; number++) {
      const bytes = plan.partBytes(number)
      assert.ok(bytes <= Math.max(8 * mib, beforeBytes / 24), `part ${number} of ${bytes} after ${beforeBytes}`)
      beforeBytes += bytes
    }
  }
})

test('the first 120 GiB are cut into parts that memory holds', () => {
  const plan = partPlan({ rules: s3, bufferBytes, declaredBytes: null })
  const lengths = cut(plan, 120 * gib)
  assert.ok(lengths.every((length) => length <= bufferBytes))
})

test('a declared length has the shortest equal parts that it fits into, with numbers to spare', () => {
  const lengths = cut(partPlan({ rules: s3, bufferBytes, declaredBytes: 200 * gib }), 200 * gib)
  assert.equal(new Set(lengths.slice(0, -1)).size, 1)
  assert.ok(lengths.length > 8800 && lengths.length <= 9000, `${lengths.length}`)
  const small = partPlan({ rules: s3, bufferBytes, declaredBytes: 3 })
  assert.equal(small.partBytes(1), 8 * mib)
})

test('with all its spare numbers used up, a growing plan still holds what it promises', () => {
  for (const rules of [s3, largest]) {
    const plan = partPlan({ rules, bufferBytes, declaredBytes: null })
    let bytes = plan.spareParts * rules.minPartBytes
    for (let number = plan.spareParts + 1; number <= rules.maxParts; number++) bytes += plan.partBytes(number)
    assert.ok(bytes >= plan.mostBytes * 0.99, `${bytes / plan.mostBytes}`)
  }
})

test('where a store wants equal parts they are, and none is spared', () => {
  const plan = partPlan({ rules: equal, bufferBytes, declaredBytes: null })
  assert.equal(plan.partBytes(1), bufferBytes)
  assert.equal(plan.partBytes(10_000), bufferBytes)
  assert.equal(plan.spareParts, 0)
  const declared = partPlan({ rules: equal, bufferBytes, declaredBytes: 5 * tib })
  assert.equal(declared.mostBytes, 5 * tib)
})

test('the beginning that stays is copied whole, in ranges that the store takes', () => {
  fc.assert(
    fc.property(anyRules, anyShare, (rules, share) => {
      const plan = partPlan({ rules, bufferBytes, declaredBytes: null })
      const bytes = Math.floor(share * rules.maxObjectBytes)
      const ranges = copyRanges(bytes, rules, plan)
      if (bytes < rules.minPartBytes) return assert.deepEqual(ranges, [])
      let end = 0
      for (const range of ranges) {
        assert.equal(range.start, end)
        end = range.end
        assert.ok(range.end - range.start >= rules.minPartBytes)
        assert.ok(range.end - range.start <= rules.maxPartBytes)
      }
      assert.equal(end, bytes)
      assert.ok(ranges.length <= 1000 || bytes > 1000 * rules.maxPartBytes)
    }),
  )
})

test('for equal parts as many are copied as fit, and less than one is left to be read', () => {
  const plan = partPlan({ rules: equal, bufferBytes, declaredBytes: null })
  assert.deepEqual(copyRanges(bufferBytes - 1, equal, plan), [])
  assert.deepEqual(copyRanges(2 * bufferBytes + 7, equal, plan), [
    { start: 0, end: bufferBytes },
    { start: bufferBytes, end: 2 * bufferBytes },
  ])
})
