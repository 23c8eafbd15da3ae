import type { Row, Sample, Target } from '../rows/row.ts'
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

/** The contender that speaks to the store itself; it is a limit, not a rival. */
export const bareName = 'bare'

export interface BenchResult {
  /** Of the storage; null: nothing to say. */
  readonly about: string | null
  /** Version null: part of the bench. */
  readonly servers: readonly { readonly name: string; readonly version: string | null }[]
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
  /** Ours against the others: above 1 is better, whatever the unit. Null when one of both is missing. */
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

/** Compares the first server, ours, with what each target names; a row without targets has none. */
export function judge(result: RowResult, ours: string): readonly Judgement[] {
  return result.row.targets.map((target) => judgeOne(target, result, ours))
}

function judgeOne(target: Target, { row, cells }: RowResult, ours: string): Judgement {
  const own = cells.find(({ server }) => server === ours)
  const named = 'of' in target ? target.of : undefined
  const rivals = cells.filter(({ server }) => (named === undefined ? server !== bareName : server === named))
  const compared = compare(row, own, rivals)
  if ('ratio' in target) {
    const { ratio } = compared
    const text = `≥ ${Number(target.ratio.toFixed(2))}× ${named ?? 'the best'}`
    return { ...compared, target: text, isMet: ratio === null ? null : ratio >= target.ratio }
  }
  const isCpu = 'mostCpu' in target
  const value = own === undefined ? null : isCpu ? cpuOf(own) : valueOf(own)
  const most = isCpu ? target.mostCpu : target.most
  const text = isCpu ? `CPU ≤ ${most}` : `≤ ${most} ${row.unit}`
  return { ...compared, target: text, isMet: value === null ? null : value <= most }
}

/** Against the best of them. */
function compare(row: Row, own: Cell | undefined, cells: readonly Cell[]): Pick<Judgement, 'ratio' | 'against'> {
  const goodness = (cell: Cell) => (row.better === 'higher' ? (valueOf(cell) ?? 0) : 1 / (valueOf(cell) ?? Infinity))
  const [best] = cells
    .filter((cell) => cell !== own && valueOf(cell) !== null)
    .toSorted((a, b) => goodness(b) - goodness(a))
  const isPossible = own !== undefined && valueOf(own) !== null && best !== undefined
  const ratio = isPossible ? goodness(own) / goodness(best) : Number.NaN
  // Nothing cannot be compared: an operation may need no request at all.
  return { ratio: Number.isFinite(ratio) ? ratio : null, against: best?.server ?? null }
}
