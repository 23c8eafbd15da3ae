import { cpuOf, judge, valueOf, type BenchResult, type Machine } from './result.ts'

/** Every figure, each sample too. */
export function jsonReport(result: BenchResult, machine: Machine): string {
  const ours = result.servers[0]?.name ?? ''
  const rows = result.rows.map((one) => ({
    id: one.row.id,
    title: one.row.title,
    unit: one.row.unit,
    better: one.row.better,
    targets: judge(one, ours),
    servers: one.cells.map((cell) => ({ ...cell, value: valueOf(cell), cpu: cpuOf(cell) })),
  }))
  const { about, servers, missing, rounds } = result
  return `${JSON.stringify({ machine, about, rounds, servers, missing, rows }, null, 2)}\n`
}
