import { setTimeout as sleep } from 'node:timers/promises'
import { emptyUploads } from './measure/around.ts'
import { startServer, type RunningServer } from './measure/running-server.ts'
import type { BenchOptions } from './options.ts'
import type { BenchResult, Cell, RowResult } from './report/result.ts'
import type { Row, Sample } from './rows/row.ts'
import type { Installed } from './servers/server.ts'
import type { Workspace } from './workspace.ts'

export interface BenchServices {
  readonly workspace: Workspace
  /** Progress, for people. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

interface Contender {
  readonly name: string
  readonly installed: Installed
}

/** A server that hangs is one that could not be measured. */
const mostMilliseconds = 180_000

/** Measures all rows with all servers that are found. Servers run one after another; each row goes round them in turn. */
export async function runBench(options: BenchOptions, services: BenchServices): Promise<BenchResult> {
  const found = options.servers.map((server) => ({ name: server.name, installed: server.find() }))
  const contenders: Contender[] = []
  const missing: { name: string; reason: string }[] = []
  for (const { name, installed } of found)
    if (typeof installed === 'string') missing.push({ name, reason: installed })
    else contenders.push({ name, installed })
  for (const { name } of contenders) services.workspace.home(name)
  const running = new Map<string, RunningServer>()
  const rows: RowResult[] = []
  try {
    for (const row of options.rows) {
      services.say(row.title)
      rows.push(await measureRow(row, { ...services, contenders, running, options }))
    }
  } finally {
    for (const server of running.values()) await server.stop()
  }
  const servers = contenders.map(({ name, installed }) => ({ name, version: installed.version }))
  return { servers, missing, rounds: options.rounds, rows }
}

interface Field extends BenchServices {
  readonly contenders: readonly Contender[]
  readonly running: Map<string, RunningServer>
  readonly options: BenchOptions
}

async function measureRow(row: Row, field: Field): Promise<RowResult> {
  const { contenders, options } = field
  const cells = contenders.map(({ name }): FillingCell => ({ server: name, samples: [], failure: null }))
  // What starts anew each time stays cold.
  const first = row.isFresh === true ? 0 : -(row.warmUps ?? 1)
  const rounds = Math.min(options.rounds, row.mostRounds ?? Infinity)
  for (let round = first; round < rounds; round++) {
    for (const contender of turned(contenders, round)) {
      const cell = cells.find(({ server }) => server === contender.name)
      if (cell === undefined || cell.failure !== null) continue
      const sample = await sampled(cell, () => measureOnce(row, contender, field), field)
      if (sample === null) continue
      field.say(`  ${cell.server}: ${sample.value.toPrecision(4)} ${row.unit}, CPU ${sample.cpu?.toFixed(2) ?? '–'}`)
      if (round >= 0) cell.samples.push(sample)
    }
  }
  return { row, cells }
}

interface FillingCell extends Cell {
  readonly samples: Sample[]
  failure: string | null
}

/** Null when it failed: then the server is out of this row. */
async function sampled(
  cell: FillingCell,
  measure: () => Promise<Sample>,
  { signal, say }: BenchServices,
): Promise<Sample | null> {
  signal.throwIfAborted()
  try {
    return await measure()
  } catch (error) {
    signal.throwIfAborted()
    cell.failure = (error as Error).message
    say(`  ${cell.server}: ${cell.failure}`)
    return null
  }
}

async function measureOnce(row: Row, contender: Contender, field: Field): Promise<Sample> {
  const { workspace, options, signal, running } = field
  if (row.isFresh === true) await stopped(contender.name, running)
  const server = running.get(contender.name) ?? (await startServer(contender.name, contender.installed, workspace))
  running.set(contender.name, server)
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(mostMilliseconds)])
    return await row.measure({ server, workspace, scale: options.scale, signal: limit })
  } finally {
    emptyUploads(server.home)
    if (row.isFresh === true) await stopped(contender.name, running)
    // What it still does behind its last reply is not to fall on the next server.
    else await sleep(50)
  }
}

async function stopped(name: string, running: Map<string, RunningServer>): Promise<void> {
  await running.get(name)?.stop()
  running.delete(name)
}

/** The same contenders, beginning with another one each round: nobody always comes after the same neighbour. */
function turned(contenders: readonly Contender[], round: number): readonly Contender[] {
  const start = Math.max(round, 0) % Math.max(contenders.length, 1)
  return [...contenders.slice(start), ...contenders.slice(0, start)]
}
