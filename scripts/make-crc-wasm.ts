import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Writes src/core/checksum/crc-wasm.ts, two modules. `--print` prints them instead.
 *
 * The first has one function, `update(register: i64, start: i32, end: i32): i64`, that passes the bytes in memory from `start`
 * to `end` through a reflected CRC, 16 at a time. Its 16 tables of 256 × 8 bytes stand at the beginning of the memory and are
 * filled by whoever makes an instance.
 *
 * The second does the same for long stretches, three times as fast, with a function for each polynomial: see `fold`. It needs
 * SIMD, which the first does without, and imports its memory and its `update`.
 */

/**
 * Sparse multiples of the polynomials in y = x⁶⁴: with these distances d and the longest of them D, yᴰ + Σ yᴰ⁻ᵈ is divisible by
 * the polynomial. So a word of 8 bytes adds to a CRC what it would add at all these distances behind it, and may be moved there.
 * Found by information-set decoding; the tests hold them. Distances of many words keep a load from waiting for a store.
 */
const distances = {
  crc32c: [68, 70, 71, 73, 76, 80, 86, 88, 97, 101, 104],
  crc64nvme: [70, 92, 99, 105, 170, 182, 244, 260, 268, 272, 283],
  crc64xz: [96, 98, 108, 127, 144, 151, 174, 200, 267, 282, 303],
}

const i32 = 0x7f
const i64 = 0x7e
const noResult = 0x40
const tableBytes = 2048

const op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  load64: 0x29,
  load8: 0x31,
  store64: 0x37,
  constant32: 0x41,
  less32: 0x49,
  greaterOrEqual32: 0x4f,
  add32: 0x6a,
  subtract32: 0x6b,
  and32: 0x71,
  shiftLeft32: 0x74,
  shiftRight32: 0x76,
  xor64: 0x85,
  shiftRight64: 0x88,
  constant64: 0x42,
  wrap: 0xa7,
}

const register = 0
const start = 1
const end = 2
/** Four words of four bytes: 0 and 1 hold the first eight bytes, 2 and 3 the others. */
const word = (index: number) => 3 + index
const first = 7
const second = 8

const get = (local: number) => [op.localGet, local]
const set = (local: number) => [op.localSet, local]
const constant = (value: number) => [op.constant32, ...signed(value)]
const shift64 = (bits: number) => [op.constant64, ...signed(bits), op.shiftRight64]
const loadAt = (offset: number) => [op.load64, 3, ...unsigned(offset)]

const body = [
  ...[op.block, noResult, op.loop, noResult],
  ...[...get(end), ...get(start), op.subtract32, ...constant(16), op.less32, op.brIf, 1],
  ...[...get(start), op.load64, 0, 0, ...get(register), op.xor64, ...set(first)],
  ...[...get(start), op.load64, 0, 8, ...set(second)],
  ...[...get(first), op.wrap, ...set(word(0)), ...get(first), ...shift64(32), op.wrap, ...set(word(1))],
  ...[...get(second), op.wrap, ...set(word(2)), ...get(second), ...shift64(32), op.wrap, ...set(word(3))],
  ...lookUps(0, 16),
  ...[...set(register), ...get(start), ...constant(16), op.add32, ...set(start), op.br, 0, op.end, op.end],
  ...[op.block, noResult, op.loop, noResult],
  ...[...get(start), ...get(end), op.greaterOrEqual32, op.brIf, 1],
  ...[...get(register), ...get(start), op.load8, 0, 0, op.xor64, op.wrap, ...constant(255), op.and32],
  ...[...constant(3), op.shiftLeft32, ...loadAt(0), ...get(register), ...shift64(8), op.xor64, ...set(register)],
  ...[...get(start), ...constant(1), op.add32, ...set(start), op.br, 0, op.end, op.end],
  ...get(register),
]

/** The sum of the entries for some of the 16 bytes, as a tree: the longest chain of sums is what one step waits for. */
function lookUps(from: number, to: number): number[] {
  if (to - from === 1) return lookUp(from)
  const middle = (from + to) / 2
  return [...lookUps(from, middle), ...lookUps(middle, to), op.xor64]
}

/** The entry for byte `index` of 16: it has 15 − `index` bytes behind it, and each table adds one. */
function lookUp(index: number): number[] {
  const bits = (index % 4) * 8
  // The byte times 8, the length of an entry.
  const scaled = bits === 0 ? [...constant(3), op.shiftLeft32] : [...constant(bits - 3), op.shiftRight32]
  return [...get(word(index >> 2)), ...scaled, ...constant(0x7f8), op.and32, ...loadAt((15 - index) * tableBytes)]
}

const wordBytes = 8
/** What the loop takes at a time. */
const strideBytes = 64
const loadVector = (offset: number) => [0xfd, 0x00, 0, ...unsigned(offset)]
const storeVector = (offset: number) => [0xfd, 0x0b, 0, ...unsigned(offset)]
const xorVector = [0xfd, 0x51]

/**
 * `fold(register, start, end)`, as `update`, for at least the longest distance and 64 bytes more. The register is added to the
 * first word. Word for word is then moved behind, which leaves a sum: each adds what those before it have left at its
 * distances. The last words, as many as the longest distance, stay, and `update` takes them. Before `start` there must be
 * zeros, as many.
 */
function fold(of: readonly number[]): number[] {
  const [stop, at] = [3, 4]
  const longest = Math.max(...of) * wordBytes
  const added = (distance: number, offset: number) => {
    return [...get(at), ...loadVector(longest - distance * wordBytes + offset), ...xorVector]
  }
  const moved = [0, 16, 32, 48].flatMap((offset) => [
    ...[...get(at), ...get(at), ...loadVector(longest + offset)],
    ...of.flatMap((distance) => added(distance, offset)),
    ...storeVector(longest + offset),
  ])
  const left = of.flatMap((distance) => {
    const behind = distance * wordBytes
    return [
      ...[...get(stop), ...constant(behind), op.subtract32, ...set(at), op.loop, noResult],
      ...[...get(at), ...get(at), op.load64, 3, 0, ...get(at), op.load64, 3, ...unsigned(behind), op.xor64],
      ...[op.store64, 3, ...unsigned(behind), ...advance(at, wordBytes), ...get(stop), op.less32, op.brIf, 0, op.end],
    ]
  })
  return [
    ...[...get(start), ...get(start), op.load64, 3, 0, ...get(register), op.xor64, op.store64, 3, 0],
    // So far whole strides go that have all distances behind them.
    ...[...get(end), ...get(start), op.subtract32, ...constant(longest), op.subtract32],
    ...[...[op.constant32, 0x40], op.and32, ...get(start), op.add32, ...set(stop)],
    ...[...get(start), ...constant(longest), op.subtract32, ...set(at), op.loop, noResult, ...moved],
    ...[...advance(at, strideBytes), ...get(stop), ...constant(longest), op.subtract32, op.less32, op.brIf, 0, op.end],
    ...left,
    ...[op.constant64, 0, ...get(stop), ...get(end), op.call, 0],
  ]
}

/** Leaves the new value. */
function advance(local: number, bytes: number): number[] {
  return [...get(local), ...constant(bytes), op.add32, op.localTee, local]
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** For what is not negative. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)]
}

const list = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()]
const sized = (bytes: readonly number[]) => [...unsigned(bytes.length), ...bytes]
const section = (id: number, items: readonly (readonly number[])[]) => [id, ...sized(list(items))]
const name = (text: string) => sized([...Buffer.from(text)])

const updateType = [0x60, ...list([[i64], [i32], [i32]]), ...list([[i64]])]
const code = [...list([[4, i32], [2, i64]]), ...body, op.end] // prettier-ignore
const head = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const updateModule = [
  ...head,
  ...section(1, [updateType]),
  ...section(3, [[0]]),
  ...section(5, [[0x00, 2]]),
  ...section(7, [[...name('memory'), 0x02, 0], [...name('update'), 0x00, 0]]), // prettier-ignore
  ...section(10, [sized(code)]),
]
const folds = Object.entries(distances)
const foldModule = [
  ...head,
  ...section(1, [updateType]),
  ...section(2, [
    [...name('crc'), ...name('update'), 0x00, 0],
    [...name('crc'), ...name('memory'), 0x02, 0x00, 2],
  ]),
  ...section(3, folds.map(() => [0])), // prettier-ignore
  ...section(7, folds.map(([kind], index) => [...name(kind), 0x00, index + 1])), // prettier-ignore
  ...section(10, folds.map(([, of]) => sized([...list([[2, i32]]), ...fold(of), op.end]))), // prettier-ignore
]

const modules = { crcModule: updateModule, foldModule }
const printed = Object.values(modules).map((bytes) => Buffer.from(bytes).toString('base64'))
const text = `// Made by scripts/make-crc-wasm.ts, which says what they do. Not to be changed by hand.
${Object.keys(modules)
  .map((constantName, index) => {
    const lines = printed[index]?.match(/.{1,100}/g) ?? []
    return `
/** A WebAssembly module, in base64. */
export const ${constantName}: string = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('')
`
  })
  .join('')}`
if (process.argv.includes('--print')) console.log(printed.join('\n'))
else writeFileSync(fileURLToPath(new URL('../src/core/checksum/crc-wasm.ts', import.meta.url)), text)
