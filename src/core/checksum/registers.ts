import { crcModule } from './crc-wasm.ts'
import { fillTables, stride } from './tables.ts'

/** Passes bytes through the register of a reflected CRC. Neither start value nor inversion is its business. */
export type Register = (register: bigint, chunk: Uint8Array) => bigint

const tablesBytes = stride * 256 * 8
/** Small enough to stay in the cache between the copy and the sum. */
const windowBytes = 65_536

/** At about 2 GB/s: in WebAssembly, through a window of its memory. Null where there is no WebAssembly. */
export function wasmRegister(reflected: bigint): Register | null {
  const instance = instantiate()
  if (instance === null) return null
  const { memory, update } = instance
  fillTables(new BigUint64Array(memory.buffer, 0, tablesBytes / 8), reflected)
  const window = new Uint8Array(memory.buffer, tablesBytes, windowBytes)
  return (register, chunk) => {
    let sum = register
    for (let offset = 0; offset < chunk.length; offset += windowBytes) {
      const piece = chunk.length <= windowBytes ? chunk : chunk.subarray(offset, offset + windowBytes)
      window.set(piece)
      sum = BigInt.asUintN(64, update(sum, tablesBytes, tablesBytes + piece.length))
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

interface CrcExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly update: (register: bigint, start: number, end: number) => bigint
}

/** As much as is used here: the types of Node leave it to those of browsers. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object
      readonly Instance: new (module: object) => { readonly exports: unknown }
    }
  | undefined

function instantiate(): CrcExports | null {
  // Gone under `--jitless`.
  if (typeof WebAssembly === 'undefined') return null
  const module = new WebAssembly.Module(Buffer.from(crcModule, 'base64'))
  return new WebAssembly.Instance(module).exports as CrcExports
}
