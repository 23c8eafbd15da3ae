import { crcModule, foldModule } from './crc-wasm.ts'
import { polynomials, type ChecksumKind } from './kinds.ts'
import { fillTables, stride } from './tables.ts'

/** Passes bytes through the register of a reflected CRC. Neither start value nor inversion is its business. */
export type Register = (register: bigint, chunk: Uint8Array) => bigint

const tablesBytes = stride * 256 * 8
/** Zeros, more than the longest distance over which the second module moves a word. */
const zeroBytes = 4096
const windowStart = tablesBytes + zeroBytes
/** Small enough to stay in the cache between the copy and the sum. */
const windowBytes = 65_536
/** From here on moving words costs less than it saves. */
const leastFoldedBytes = 4096

/**
 * In WebAssembly, through a window of its memory: at 2 GB/s, and chunks of 64 KiB where there is SIMD, at 6. Null where there
 * is no WebAssembly.
 */
export function wasmRegister(kind: ChecksumKind): Register | null {
  const instance = instantiate(kind)
  if (instance === null) return null
  const { memory, update, fold = update } = instance
  fillTables(new BigUint64Array(memory.buffer, 0, tablesBytes / 8), polynomials[kind].reflected)
  const window = new Uint8Array(memory.buffer, windowStart, windowBytes)
  return (register, chunk) => {
    let sum = register
    for (let offset = 0; offset < chunk.length; offset += windowBytes) {
      const piece = chunk.length <= windowBytes ? chunk : chunk.subarray(offset, offset + windowBytes)
      window.set(piece)
      const pass = piece.length < leastFoldedBytes ? update : fold
      sum = BigInt.asUintN(64, pass(sum, windowStart, windowStart + piece.length))
    }
    return sum
  }
}

/** At about 0.2 GB/s, where JavaScript is all there is: two halves, because numbers hold 32 bits of such work. */
export function plainRegister(reflected: bigint): Register {
  const table = new BigUint64Array(256)
  fillTables(table, reflected)
  const low = Int32Array.from(table, (entry) => Number(BigInt.asIntN(32, entry)))
  const high = Int32Array.from(table, (entry) => Number(BigInt.asIntN(32, entry >> 32n)))
  return (register, chunk) => {
    let lower = Number(BigInt.asIntN(32, register))
    let upper = Number(BigInt.asIntN(32, register >> 32n))
    for (const byte of chunk) {
      const index = (lower ^ byte) & 255
      lower = ((lower >>> 8) | (upper << 24)) ^ (low[index] ?? 0)
      upper = (upper >>> 8) ^ (high[index] ?? 0)
    }
    return (BigInt(upper >>> 0) << 32n) | BigInt(lower >>> 0)
  }
}

type Pass = (register: bigint, start: number, end: number) => bigint

interface CrcExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly update: Pass
}

interface Crc extends CrcExports {
  /** `update` for long stretches, with zeros before them. */
  readonly fold?: Pass | undefined
}

/** As much as is used here: the types of Node leave it to those of browsers. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object
      readonly Instance: new (module: object, imports?: object) => { readonly exports: unknown }
      readonly validate: (bytes: Uint8Array) => boolean
    }
  | undefined

function instantiate(kind: ChecksumKind): Crc | null {
  // Gone under `--jitless`.
  if (typeof WebAssembly === 'undefined') return null
  const module = new WebAssembly.Module(Buffer.from(crcModule, 'base64'))
  const crc = new WebAssembly.Instance(module).exports as CrcExports
  const folding = Buffer.from(foldModule, 'base64')
  // False where the processor has no SIMD.
  if (!WebAssembly.validate(folding)) return crc
  const folds = new WebAssembly.Instance(new WebAssembly.Module(folding), { crc }).exports as Record<string, Pass>
  return { memory: crc.memory, update: crc.update, fold: folds[kind] }
}
