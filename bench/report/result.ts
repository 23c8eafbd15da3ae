import type { Row, Sample } from '../rows/row.ts'
import { median } from './median.ts'

export interface Cell {
  readonly server: string
  readonly samples: readonly Sample[]
  /** Why there are none. */
  readonly failure: string | null
}

export interface RowResult {
  readonly row: Row
  readonly cells: readonly Cell[]
}

export interface BenchResult {
  readonly servers: readonly { readonly name: string; readonly version: string }[]
  /** Servers that could not be run, and why. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[]
  readonly rounds: number
  readonly rows: readonly RowResult[]
}

export interface Machine {
  readonly date: string
  readonly node: string
  readonly system: string
  readonly processor: string
  readonly cores: number
  readonly memoryGiB: number
}

export interface Judgement {
  /** Sluice against the others: above 1 is better, whatever the unit. Null when one of both is missing. */
  readonly ratio: number | null
  /** The server it is compared with. */
  readonly against: string | null
  readonly target: string
  readonly isMet: boolean | null
}

export function valueOf({ samples }: Cell): number | null {
  return samples.length === 0 ? null : median(samples.map(({ value }) => value))
}

export function cpuOf({ samples }: Cell): number | null {
  const known = samples.map(({ cpu }) => cpu).filter((cpu) => cpu !== null)
  return known.length === 0 ? null : median(known)
}

/** Compares the first server, ours, with the one its target names, or with the best. */
export function judge({ row, cells }: RowResult, ours: string): Judgement {
  const goodness = (cell: Cell) => (row.better === 'higher' ? (valueOf(cell) ?? 0) : 1 / (valueOf(cell) ?? Infinity))
  const own = cells.find(({ server }) => server === ours)
  const value = own === undefined ? null : valueOf(own)
  const { target } = row
  const named = 'of' in target ? target.of : undefined
  const others = cells
    .filter((cell) => cell.server !== ours && valueOf(cell) !== null && (named === undefined || cell.server === named))
    .toSorted((a, b) => goodness(b) - goodness(a))
  const [best] = others
  const ratio = own === undefined || value === null || best === undefined ? null : goodness(own) / goodness(best)
  const against = best?.server ?? null
  if ('most' in target)
    return {
      ratio,
      against,
      target: `≤ ${target.most} ${row.unit}`,
      isMet: value === null ? null : value <= target.most,
    }
  return {
    ...{ ratio, against },
    target: `≥ ${target.ratio}× ${named ?? 'the best'}`,
    isMet: ratio === null ? null : ratio >= target.ratio,
  }
}
