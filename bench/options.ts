import { parseArgs } from 'node:util'
import type { Row } from './rows/row.ts'
import type { Server } from './servers/server.ts'
import type { BenchStorage } from './storages/storage.ts'

/** How much is moved. */
export interface Scale {
  readonly largeBytes: number
  readonly smallFiles: number
  readonly folderEntries: number
  readonly hugeFolderEntries: number
  /** Of each of the files that are uploaded at once. */
  readonly largeAtOnceBytes: number
  readonly slowUploads: number
  /** A server that takes longer for one measurement is one that could not be measured. */
  readonly mostSeconds: number
  /** Files of 2 MiB that each of the parallel sessions moves. */
  readonly filesPerSession: number
  readonly loginsPerClient: number
  readonly idleSessions: number
  readonly manyIdleSessions: number
}

export interface BenchOptions {
  readonly scale: Scale
  readonly rounds: number
  readonly storage: BenchStorage
  /** Those that were asked for. */
  readonly rows: readonly Row[]
  readonly servers: readonly Server[]
  /** File for all figures, or null. */
  readonly json: string | null
}

/** What `--storage` may name; the first is meant when it is left out. */
export type Choices = Readonly<Record<string, BenchStorage>>

const full: Scale = {
  largeBytes: 256 * 1024 ** 2,
  smallFiles: 500,
  folderEntries: 10_000,
  hugeFolderEntries: 100_000,
  largeAtOnceBytes: 128 * 1024 ** 2,
  slowUploads: 200,
  mostSeconds: 180,
  filesPerSession: 8,
  loginsPerClient: 50,
  idleSessions: 1000,
  manyIdleSessions: 5000,
}
const quick: Scale = {
  ...{ largeBytes: 64 * 1024 ** 2, smallFiles: 200, folderEntries: 10_000, filesPerSession: 2 },
  ...{ hugeFolderEntries: 20_000, largeAtOnceBytes: 32 * 1024 ** 2, slowUploads: 200, mostSeconds: 60 },
  ...{ loginsPerClient: 20, idleSessions: 200, manyIdleSessions: 500 },
}

/** Null when the arguments cannot be understood, or ask for help. */
export function parseOptions(args: readonly string[], choices: Choices): BenchOptions | null {
  const values = parsed(args)
  if (values === null || values.help === true) return null
  const storage = choices[values.storage ?? Object.keys(choices)[0] ?? '']
  if (storage === undefined) return null
  const rounds = Number(values.rounds ?? (values.quick === true ? 2 : 5))
  const rows = chosen(storage.rows, values.only, (row, name) => isMeant(row, storage.rows, name))
  const servers = chosen(storage.servers, values.servers, (server, name) => server.name === name)
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rows === null || servers === null) return null
  const scale = values.quick === true ? quick : full
  return { scale, rounds, storage, rows, servers, json: values.json ?? null }
}

/** A row's own id, or the beginning of several where no row is called just that. */
function isMeant(row: Row, rows: readonly Row[], name: string): boolean {
  return rows.some(({ id }) => id === name) ? row.id === name : row.id.startsWith(`${name}-`)
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: { quick: flag, help: flag, storage: text, only: text, rounds: text, servers: text, json: text },
    }).values
  } catch {
    return null // every mistake is answered by the usage
  }
}

function chosen<T>(all: readonly T[], wanted: string | undefined, fits: (one: T, name: string) => boolean) {
  if (wanted === undefined) return all
  const names = wanted.split(',')
  if (!names.every((name) => all.some((one) => fits(one, name)))) return null
  return all.filter((one) => names.some((name) => fits(one, name)))
}

/** The help text. */
export function usage(choices: Choices): string {
  return `npm run bench -- [--storage NAME] [--quick] [--rounds N] [--only ROW,…] [--servers NAME,…] [--json FILE]

Servers are looked for on PATH and in the folders that SLUICE_BENCH_PATH names.
A row may be named by its beginning: \`--only small\` runs all rows of small files.

${Object.entries(choices).map(told).join('\n')}`
}

function told([name, { rows, servers }]: readonly [string, BenchStorage]): string {
  return `--storage ${name}
  Servers: ${servers.map(({ name }) => name).join(', ')}
  Rows: ${rows.map(({ id }) => id).join(', ')}
`
}
