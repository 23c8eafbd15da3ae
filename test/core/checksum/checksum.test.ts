import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { combineChecksums } from '../../../src/core/checksum/combine.ts'
import { allOnes, polynomials, type ChecksumKind } from '../../../src/core/checksum/kinds.ts'
import { plainRegister, wasmRegister } from '../../../src/core/checksum/registers.ts'
import { checksumOf, runningChecksum } from '../../../src/core/checksum/running.ts'

const kinds = Object.keys(polynomials) as ChecksumKind[]
const anyKind = fc.constantFrom(...kinds)
const digits = Buffer.from('123456789')
const anyBytes = fc.uint8Array({ maxLength: 300 })

test('the digits 1 to 9 have the published check values', () => {
  const found = Object.fromEntries(kinds.map((kind) => [kind, checksumOf(kind, digits).toString(16)]))
  assert.deepEqual(found, {
    crc32: 'cbf43926',
    crc32c: 'e3069283',
    crc64nvme: 'ae8b14860a799888',
    crc64xz: '995dc9bbdf1939fa',
  })
})

test('no bytes have the checksum 0', () => {
  for (const kind of kinds) assert.equal(checksumOf(kind), 0n)
})

test('a checksum is that of a division bit by bit, at every length and place of the tables', () => {
  fc.assert(
    fc.property(anyKind, anyBytes, (kind, bytes) => {
      assert.equal(checksumOf(kind, bytes), bitByBit(kind, bytes))
    }),
  )
})

test('a checksum does not depend on how its bytes are cut into chunks', () => {
  fc.assert(
    fc.property(anyKind, fc.array(anyBytes, { maxLength: 8 }), (kind, chunks) => {
      assert.equal(checksumOf(kind, ...chunks), checksumOf(kind, Buffer.concat(chunks)))
    }),
  )
})

test('chunks longer than the window of the memory are summed whole', () => {
  const bytes = Buffer.alloc(300_001, 'sluice')
  for (const kind of kinds) {
    const running = runningChecksum(kind)
    for (let offset = 0; offset < bytes.length; offset += 17) running.update(bytes.subarray(offset, offset + 17))
    assert.equal(checksumOf(kind, bytes), running.value())
  }
})

test('a long stretch has the checksum of its bytes one by one, whatever its length and content', () => {
  const anyStretch = fc.record({
    seed: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    bytes: fc.integer({ min: 4_000, max: 70_000 }),
  })
  fc.assert(
    fc.property(anyKind, anyStretch, (kind, { seed, bytes }) => {
      const stretch = createHash('shake256', { outputLength: bytes }).update(seed).digest()
      for (const content of [stretch, Buffer.alloc(bytes, seed[0])]) {
        const running = runningChecksum(kind)
        for (let at = 0; at < bytes; at += 1000) running.update(content.subarray(at, at + 1000))
        assert.equal(checksumOf(kind, content), running.value())
      }
    }),
  )
})

test('what a long stretch leaves in the memory is not part of the next one', () => {
  for (const kind of kinds) {
    const long = Buffer.alloc(65_536, 0xff)
    const before = checksumOf(kind, Buffer.alloc(5_000, 1))
    checksumOf(kind, long)
    assert.equal(checksumOf(kind, Buffer.alloc(5_000, 1)), before)
  }
})

test('two checksums of one kind may run at once', () => {
  for (const kind of kinds) {
    const [one, two] = [runningChecksum(kind), runningChecksum(kind)]
    one.update(digits.subarray(0, 4))
    two.update(digits)
    one.update(digits.subarray(4))
    assert.equal(one.value(), two.value())
  }
})

test('without WebAssembly the checksums are the same', () => {
  fc.assert(
    fc.property(anyKind, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), anyBytes, (kind, state, bytes) => {
      const { reflected } = polynomials[kind]
      const start = state & allOnes(kind)
      assert.equal(plainRegister(reflected)(start, bytes), wasmRegister(kind)?.(start, bytes))
    }),
    { numRuns: 30 },
  )
})

for (const [what, removal] of [
  ['WebAssembly', 'delete globalThis.WebAssembly'],
  ['SIMD', 'WebAssembly.validate = () => false'],
] as const) {
  test(`a runtime without ${what} is served all the same`, () => {
    const bytes = Buffer.alloc(20_000, 'sluice')
    const script = `
      import { checksumOf } from '${new URL('../../../src/core/checksum/running.ts', import.meta.url).href}'
      ${removal}
      console.log(checksumOf('crc64xz', Buffer.alloc(20_000, 'sluice')).toString(16))`
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    assert.equal(printed.trim(), checksumOf('crc64xz', bytes).toString(16))
  })
}

test('the combined checksum is that of the concatenation', () => {
  fc.assert(
    fc.property(anyKind, anyBytes, anyBytes, (kind, a, b) => {
      const combined = combineChecksums(kind, checksumOf(kind, a), checksumOf(kind, b), b.length)
      assert.equal(combined, checksumOf(kind, a, b))
    }),
  )
})

test('checksums of many parts combine in any grouping, also of lengths that no memory holds', () => {
  const anyPart = fc.record({ sum: fc.bigInt({ min: 0n, max: 0xffff_ffffn }), bytes: fc.maxSafeNat() })
  fc.assert(
    fc.property(anyKind, anyPart, anyPart, anyPart, (kind, a, b, c) => {
      const shorter = { ...b, bytes: Math.floor(b.bytes / 2) }
      const last = { ...c, bytes: Math.floor(c.bytes / 2) }
      const leftFirst = combineChecksums(
        kind,
        combineChecksums(kind, a.sum, shorter.sum, shorter.bytes),
        last.sum,
        last.bytes,
      )
      const rightSum = combineChecksums(kind, shorter.sum, last.sum, last.bytes)
      assert.equal(combineChecksums(kind, a.sum, rightSum, shorter.bytes + last.bytes), leftFirst)
    }),
    { numRuns: 50 },
  )
})

test('the modules in the source are what their script makes', async () => {
  const { crcModule, foldModule } = await import('../../../src/core/checksum/crc-wasm.ts')
  const script = fileURLToPath(new URL('../../../scripts/make-crc-wasm.ts', import.meta.url))
  const printed = execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8' })
  assert.deepEqual(printed.trim().split('\n'), [crcModule, foldModule])
})

function bitByBit(kind: ChecksumKind, bytes: Uint8Array): bigint {
  const { reflected } = polynomials[kind]
  let state = allOnes(kind)
  for (const byte of bytes) {
    state ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) state = (state & 1n) === 1n ? (state >> 1n) ^ reflected : state >> 1n
  }
  return state ^ allOnes(kind)
}
