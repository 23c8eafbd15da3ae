import { polynomials, type ChecksumKind } from './kinds.ts'

/**
 * The checksum of bytes A followed by bytes B, from the checksums of both and B's length (0 to 2⁵³−1). Polynomials over
 * GF(2): A's is multiplied by x^(8 · bytesOfB), then both are added. As wide as `kind`; takes about 0.1 ms.
 */
export function combineChecksums(kind: ChecksumKind, ofA: bigint, ofB: bigint, bytesOfB: number): bigint {
  let shifted = ofA
  let left = bytesOfB
  for (let power = 3; left > 0; power++) {
    if (left % 2 === 1) shifted = multiply(kind, shifted, powerOfX(kind, power))
    left = Math.floor(left / 2)
  }
  return shifted ^ ofB
}

const powers = new Map<ChecksumKind, bigint[]>()

/** x^(2^exponent), modulo the generator. In reflected order the highest bit stands for x⁰. */
function powerOfX(kind: ChecksumKind, exponent: number): bigint {
  const known = powers.get(kind) ?? [1n << BigInt(polynomials[kind].bits - 2)]
  powers.set(kind, known)
  for (let next = known.length; next <= exponent; next++) {
    const last = known[next - 1] ?? 0n
    known.push(multiply(kind, last, last))
  }
  return known[exponent] ?? 0n
}

/** The product of two polynomials, modulo the generator. */
function multiply(kind: ChecksumKind, a: bigint, b: bigint): bigint {
  const { bits, reflected } = polynomials[kind]
  let product = 0n
  let shifted = b
  for (let mask = 1n << BigInt(bits - 1); mask > 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= shifted
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ reflected : shifted >> 1n
  }
  return product
}
