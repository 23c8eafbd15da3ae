import { setTimeout as sleep } from 'node:timers/promises'
import { countingProxy } from './measure/counting-proxy.ts'
import { startServer, type RunningServer } from './measure/running-server.ts'
import type { BenchOptions } from './options.ts'
import { bareName, type BenchResult, type Cell, type RowResult } from './report/result.ts'
import type { Row, Sample } from './rows/row.ts'
import type { Installed } from './servers/server.ts'
import type { OpenStorage } from './storages/storage.ts'
import type { Workspace } from './workspace.ts'

export interface BenchServices {
  readonly workspace: Workspace
  readonly storage: OpenStorage
  /** Progress, for people. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

interface Contender {
  readonly name: string
  /** Null: the bare client. */
  readonly installed: Installed | null
}

/** Measures all rows with all servers that are found. Servers run one after another; each row goes round them in turn. */
export async function runBench(options: BenchOptions, services: BenchServices): Promise<BenchResult> {
  const found = options.servers.map((server) => ({ name: server.name, installed: server.find() }))
  const contenders: Contender[] = []
  const missing: { name: string; reason: string }[] = []
  for (const { name, installed } of found)
    if (typeof installed === 'string') missing.push({ name, reason: installed })
    else contenders.push({ name, installed })
  const { storage } = services
  if (storage.bucket !== null) contenders.push({ name: bareName, installed: null })
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
  const servers = contenders.map(({ name, installed }) => ({ name, version: installed?.version ?? null }))
  return { about: storage.about, servers, missing, rounds: options.rounds, rows }
}

interface Field extends BenchServices {
  readonly contenders: readonly Contender[]
  readonly running: Map<string, RunningServer>
  readonly options: BenchOptions
}

async function measureRow(row: Row, field: Field): Promise<RowResult> {
  const { options } = field
  const contenders = field.contenders.filter(({ installed }) => installed !== null || row.bare !== undefined)
  const cells = contenders.map(({ name }): FillingCell => ({ server: name, samples: [], failure: null }))
  // What starts anew each time stays cold.
  const first = isFresh(row) ? 0 : -(row.warmUps ?? 1)
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
  const { storage, running } = field
  if (isFresh(row)) await stopped(contender.name, running)
  try {
    return await (contender.installed === null ? measureBare(row, field) : measureServer(row, contender, field))
  } finally {
    await storage.emptyUploads(contender.name)
    if (isFresh(row)) await stopped(contender.name, running)
    // What it still does behind its last reply is not to fall on the next server.
    else await sleep(50)
  }
}

async function measureServer(row: Row, contender: Contender, field: Field): Promise<Sample> {
  const { workspace, storage, options, signal, running } = field
  const { bucket } = storage
  const proxy = row.countsRequests === true && bucket !== null ? await countingProxy(bucket.server.endpoint) : null
  try {
    const server = running.get(contender.name) ?? (await started(contender, field, proxy?.endpoint))
    running.set(contender.name, server)
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.scale.mostSeconds * 1000)])
    const requests = proxy?.requests ?? null
    return await row.measure({ server, workspace, bucket, requests, scale: options.scale, signal: limit })
  } catch (error) {
    // What hangs now would hang in the next row, too.
    await stopped(contender.name, running)
    throw error
  } finally {
    // Its server has nothing behind it any more.
    if (proxy !== null) await stopped(contender.name, running)
    proxy?.close()
  }
}

/** @param endpoint where the store is reached when not at its own. */
function started({ name, installed }: Contender, field: Field, endpoint?: string): Promise<RunningServer> {
  if (installed === null) throw new TypeError('The bare client is no server.')
  const { workspace, storage } = field
  const { bucket } = storage
  const place =
    bucket === null ? null : { ...bucket.server, prefix: bucket.prefix, ...(endpoint !== undefined && { endpoint }) }
  return startServer({ name, installed, workspace, bucket: place, home: storage.home(name) })
}

async function measureBare(row: Row, { storage, workspace, options: { scale } }: Field): Promise<Sample> {
  const { bucket } = storage
  if (bucket === null || row.bare === undefined) throw new TypeError('There is no store to speak to.')
  return await row.bare({ bucket, workspace, scale })
}

function isFresh(row: Row): boolean {
  return row.isFresh === true || row.countsRequests === true
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
