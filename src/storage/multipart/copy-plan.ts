import type { PartPlan } from './part-plan.ts'
import type { StoreRules } from './object-store.ts'

/** A range of the object whose beginning stays, from `start` up to `end`. */
export interface CopyRange {
  readonly start: number
  readonly end: number
}

/** Pieces this long take a store some seconds each, and go in parallel. */
const usualPieceBytes = 268_435_456

/**
 * How the first `bytes` of an object become parts of another, inside the store: in few ranges of about the same length,
 * none below the least part. What is behind the last range (less than a least part, or than an equal one) has to be read.
 */
export function copyRanges(bytes: number, rules: StoreRules, plan: PartPlan): readonly CopyRange[] {
  if (rules.wantsEqualParts) return ranges(Math.floor(bytes / plan.partBytes(1)), plan.partBytes(1))
  if (bytes < rules.minPartBytes) return []
  const longest = Math.max(Math.min(usualPieceBytes, rules.maxPartBytes), 2 * rules.minPartBytes)
  const pieceBytes = Math.min(rules.maxPartBytes, Math.max(longest, Math.ceil(bytes / 1000)))
  const count = Math.ceil(bytes / pieceBytes)
  const evenBytes = Math.ceil(bytes / count)
  return ranges(count, evenBytes).map(({ start, end }) => ({ start, end: Math.min(end, bytes) }))
}

function ranges(count: number, pieceBytes: number): CopyRange[] {
  return Array.from({ length: count }, (_, index) => ({ start: index * pieceBytes, end: (index + 1) * pieceBytes }))
}
