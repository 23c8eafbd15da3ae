/** CRCs that object stores keep with what they hold: zlib's, Castagnoli's, AWS's 64 bits, and COS's (ECMA-182, reflected). */
export type ChecksumKind = 'crc32' | 'crc32c' | 'crc64nvme' | 'crc64xz'

export interface Polynomial {
  /** Width of the CRC in bits. */
  readonly bits: 32 | 64
  /** The generator with its bits in reflected order, without the highest power. */
  readonly reflected: bigint
}

/** All four start from all ones, are reflected, and are inverted at the end. */
export const polynomials: Readonly<Record<ChecksumKind, Polynomial>> = {
  crc32: { bits: 32, reflected: 0xedb8_8320n },
  crc32c: { bits: 32, reflected: 0x82f6_3b78n },
  crc64nvme: { bits: 64, reflected: 0x9a6c_9329_ac4b_c9b5n },
  crc64xz: { bits: 64, reflected: 0xc96c_5795_d787_0f42n },
}

/** What people call them: COS speaks of CRC64 ECMA. */
export const checksumNames = {
  crc32: 'CRC32',
  crc32c: 'CRC32C',
  crc64nvme: 'CRC64NVME',
  crc64xz: 'CRC64ECMA',
} as const satisfies Readonly<Record<ChecksumKind, string>>

/** Lower-case hex, as wide as its kind. */
export function checksumHex(kind: ChecksumKind, value: bigint): string {
  return value.toString(16).padStart(polynomials[kind].bits / 4, '0')
}

/** The bits of a CRC, all set. */
export function allOnes(kind: ChecksumKind): bigint {
  return polynomials[kind].bits === 32 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn
}
