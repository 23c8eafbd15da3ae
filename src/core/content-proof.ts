/** A hash of a whole content that a store and we have both computed, and found equal. */
export interface ContentProof {
  /** `CRC64NVME`, `CRC64ECMA`, `MD5`. */
  readonly name: string
  /** Lower case. */
  readonly hex: string
}
