import { createHash } from 'node:crypto'

/** CRCs written down once more, byte by byte: the double is no witness if it computes with the code it checks. */
interface Table {
  readonly high: Int32Array
  readonly low: Int32Array
}

function table(polynomial: bigint): Table {
  const high = new Int32Array(256)
  const low = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) value = (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n
    high[byte] = Number(BigInt.asIntN(32, value >> 32n))
    low[byte] = Number(BigInt.asIntN(32, value))
  }
  return { high, low }
}

const tables = { ecma: table(0xc96c5795d7870f42n), nvme: table(0x9a6c9329ac4bc9b5n), c32: table(0x82f63b78n) }

function crc(bytes: Uint8Array, { high, low }: Table, bits: 32 | 64): bigint {
  let h = bits === 64 ? -1 : 0
  let l = -1
  for (const byte of bytes) {
    const index = (l ^ byte) & 0xff
    l = ((l >>> 8) | (h << 24)) ^ (low[index] ?? 0)
    h = (h >>> 8) ^ (high[index] ?? 0)
  }
  const value = (BigInt(h >>> 0) << 32n) | BigInt(l >>> 0)
  return bits === 64 ? value ^ 0xffffffffffffffffn : (value & 0xffffffffn) ^ 0xffffffffn
}

export const crc64ecma = (bytes: Uint8Array): bigint => crc(bytes, tables.ecma, 64)
export const crc64nvme = (bytes: Uint8Array): bigint => crc(bytes, tables.nvme, 64)
export const crc32c = (bytes: Uint8Array): bigint => crc(bytes, tables.c32, 32)

export function base64Of(value: bigint, bits: 32 | 64): string {
  return Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex').toString('base64')
}

export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}
