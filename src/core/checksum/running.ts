import { crc32 } from 'node:zlib'
import { allOnes, polynomials, type ChecksumKind } from './kinds.ts'
import { plainRegister, wasmRegister, type Register } from './registers.ts'

/** A CRC of bytes as they pass. */
export interface RunningChecksum {
  /** Of all bytes so far; from 0 up, as wide as its kind. */
  value(): bigint
  /** Takes the bytes in at once: the chunk may be a lent one. */
  update(chunk: Uint8Array): void
}

/** Begins a checksum of no bytes. */
export function runningChecksum(kind: ChecksumKind): RunningChecksum {
  return kind === 'crc32' ? runningCrc32() : runningCrc(kind)
}

/** The checksum of these chunks, one after another. */
export function checksumOf(kind: ChecksumKind, ...chunks: readonly Uint8Array[]): bigint {
  const running = runningChecksum(kind)
  for (const chunk of chunks) running.update(chunk)
  return running.value()
}

/** By zlib, which uses what the processor has for it: 6 GB/s. */
function runningCrc32(): RunningChecksum {
  let value = 0
  return {
    value: () => BigInt(value),
    update(chunk) {
      value = crc32(chunk, value)
    },
  }
}

const registers = new Map<ChecksumKind, Register>()

function runningCrc(kind: ChecksumKind): RunningChecksum {
  const ones = allOnes(kind)
  const register = registerOf(kind)
  let state = ones
  return {
    value: () => state ^ ones,
    update(chunk) {
      state = register(state, chunk)
    },
  }
}

/** Tables take a millisecond to make: once for a kind that is used. */
function registerOf(kind: ChecksumKind): Register {
  const known = registers.get(kind)
  if (known !== undefined) return known
  const made = wasmRegister(kind) ?? plainRegister(polynomials[kind].reflected)
  registers.set(kind, made)
  return made
}
