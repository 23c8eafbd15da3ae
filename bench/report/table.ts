import { cpuOf, judge, valueOf, type BenchResult, type Cell, type Machine, type RowResult } from './result.ts'

/** The result as Markdown: speeds, and CPU seconds below them. */
export function tableReport(result: BenchResult, machine: Machine): string {
  const names = result.servers.map(({ name }) => name)
  const [ours = ''] = names
  const speeds = result.rows.map((one) => [
    `${one.row.title}, ${one.row.unit}`,
    ...names.map((name) => text(one, name, valueOf)),
    ...verdict(one, ours),
  ])
  const costs = result.rows
    .filter(({ cells }) => cells.some((cell) => cpuOf(cell) !== null))
    .map((one) => [one.row.title, perWhat(one), ...names.map((name) => text(one, name, cpuOf))])
  const lines = [
    `${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; median of ${result.rounds} rounds.`,
    result.servers.map(({ name, version }) => (version === null ? name : `${name} ${version}`)).join(', ') +
      missing(result),
    ...(result.about === null ? [] : [result.about]),
    '',
    ...table(['', ...names, 'ratio', 'target', 'met'], speeds),
    '',
    'CPU seconds of the server’s processes:',
    '',
    ...table(['', 'per', ...names], costs),
    ...failures(result),
  ]
  return `${lines.join('\n')}\n`
}

function missing({ missing }: BenchResult): string {
  return missing.map(({ name, reason }) => `; without ${name} (${reason})`).join('')
}

function perWhat({ row }: RowResult): string {
  return row.unit === 'MB/s' ? 'GiB' : '1,000'
}

function text({ cells }: RowResult, name: string, figure: (cell: Cell) => number | null): string {
  const cell = cells.find(({ server }) => server === name)
  const value = cell === undefined ? null : figure(cell)
  return value === null ? '–' : short(value)
}

function verdict(one: RowResult, ours: string): readonly string[] {
  const judged = judge(one, ours)
  const compared = judged.map(({ ratio, against }) => (ratio === null ? '–' : `${ratio.toFixed(2)}× ${against}`))
  const met = judged.map(({ isMet }) => (isMet === null ? '–' : isMet ? 'yes' : 'no'))
  return [[...new Set(compared)], judged.map(({ target }) => target), met].map((texts) => texts.join(', '))
}

function short(value: number): string {
  if (value === 0) return '0'
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(value >= 10 ? 3 : 2)
}

function table(head: readonly string[], body: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number) => Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0), 3)
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(width(column)) : cell.padStart(width(column)))).join(' | ')} |`
  const rule = `|${head.map((_, column) => (column === 0 ? '-'.repeat(width(column) + 2) : `${'-'.repeat(width(column) + 1)}:`)).join('|')}|`
  return [line(head), rule, ...body.map(line)]
}

function failures({ rows }: BenchResult): readonly string[] {
  const found = rows.flatMap(({ row, cells }) =>
    cells.filter(({ failure }) => failure !== null).map(({ server, failure }) => `- ${server}, ${row.id}: ${failure}`),
  )
  return found.length === 0 ? [] : ['', 'Not measured:', '', ...found]
}
