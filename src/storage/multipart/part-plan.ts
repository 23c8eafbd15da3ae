import type { StoreRules } from './object-store.ts'

const mebibyte = 1_048_576
/** Large enough that a store's latency is not what limits, small enough for four at once of many uploads. */
const usualFirstBytes = 8 * mebibyte
/** So many parts have the first length; the next length, twice that, lasts for twice as many, and so on. */
const firstTier = 256
/** Of a hundred part numbers, those kept for parts that end early: when memory is short, or an upload is suspended. */
const sparePercent = 10

/** How long each part of an upload is. */
export interface PartPlan {
  /** Length of the part with this number, from 1 to the store's last; never less than that of the number before. */
  partBytes(number: number): number
  /** The longest content that fits. */
  readonly mostBytes: number
  /** How many parts may be shorter than planned, and all still fits. */
  readonly spareParts: number
}

export interface PlanOptions {
  readonly rules: StoreRules
  /** The longest part that is held in memory. Longer ones are put together inside the store. */
  readonly bufferBytes: number
  /** Length of the whole content, when the client told it; null: any. */
  readonly declaredBytes: number | null
}

/**
 * Parts that grow, so that content of any length fits and small content needs little memory: 8 MiB, then 16, up to
 * `bufferBytes`; in the second half as long as the store's longest object asks for. Where the length was declared, all
 * parts have the least length that makes it fit. Where the store wants equal parts, they are equal.
 */
export function partPlan(options: PlanOptions): PartPlan {
  const { rules, declaredBytes } = options
  if (rules.wantsEqualParts) return equalPlan(options, declaredBytes ?? rules.maxObjectBytes)
  return declaredBytes === null ? growingPlan(options) : declaredPlan(options, declaredBytes)
}

function equalPlan(options: PlanOptions, wantedBytes: number): PartPlan {
  const { rules, bufferBytes, declaredBytes } = options
  const evenBytes = Math.max(firstBytes(options), rounded(wantedBytes / rules.maxParts))
  // Undeclared, memory is the limit: longer parts for all would make small content wait for the store's own copying.
  const partBytes = Math.min(declaredBytes === null ? Math.min(evenBytes, bufferBytes) : evenBytes, rules.maxPartBytes)
  const mostBytes = Math.min(rules.maxObjectBytes, partBytes * rules.maxParts)
  return { partBytes: () => partBytes, mostBytes, spareParts: 0 }
}

function declaredPlan(options: PlanOptions, declaredBytes: number): PartPlan {
  const { rules } = options
  const planned = rules.maxParts - spareOf(rules)
  const evenBytes = Math.max(firstBytes(options), rounded(declaredBytes / planned))
  const partBytes = Math.min(evenBytes, rules.maxPartBytes)
  const count = Math.ceil(declaredBytes / partBytes)
  // More than was declared may come, and then as much as the store takes.
  const mostBytes = count * partBytes + Math.max(0, rules.maxParts - count) * rules.maxPartBytes
  return {
    partBytes: (number) => (number <= count ? partBytes : rules.maxPartBytes),
    mostBytes: Math.min(rules.maxObjectBytes, mostBytes),
    spareParts: Math.max(0, planned - count),
  }
}

function growingPlan(options: PlanOptions): PartPlan {
  const { rules } = options
  const spareParts = spareOf(rules)
  const growing = Math.floor((rules.maxParts - spareParts) / 2)
  const constant = rules.maxParts - spareParts - growing
  const bufferedBytes = (number: number) => tierBytes(options, number)
  const beforeBytes = tiersBytes(options, growing)
  const neededBytes = rounded((rules.maxObjectBytes - beforeBytes) / constant)
  const longBytes = Math.min(rules.maxPartBytes, Math.max(bufferedBytes(growing), neededBytes))
  return {
    partBytes: (number) => (number <= growing ? bufferedBytes(number) : longBytes),
    mostBytes: Math.min(rules.maxObjectBytes, beforeBytes + constant * longBytes),
    spareParts,
  }
}

/** Of the first so many parts together: tier by tier, for every upload is planned, and most have one part. */
function tiersBytes(options: PlanOptions, count: number): number {
  let bytes = 0
  for (let first = 1, length = firstTier; first <= count; first += length, length *= 2)
    bytes += Math.min(length, count - first + 1) * tierBytes(options, first)
  return bytes
}

function tierBytes(options: PlanOptions, number: number): number {
  const tier = Math.floor(Math.log2((number - 1) / firstTier + 1))
  return Math.min(firstBytes(options) * 2 ** tier, heldBytes(options))
}

function firstBytes(options: PlanOptions): number {
  return Math.min(Math.max(usualFirstBytes, options.rules.minPartBytes), heldBytes(options))
}

/** The longest part that both memory and the store take. */
function heldBytes({ rules, bufferBytes }: PlanOptions): number {
  return Math.min(Math.max(bufferBytes, rules.minPartBytes), rules.maxPartBytes)
}

function spareOf(rules: StoreRules): number {
  return Math.floor((rules.maxParts * sparePercent) / 100)
}

/** Rounded up, to a number that people recognise. */
function rounded(bytes: number): number {
  return bytes < mebibyte ? Math.ceil(bytes) : Math.ceil(bytes / mebibyte) * mebibyte
}
