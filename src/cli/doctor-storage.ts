import type { Finding } from '../storage/finding.ts'
import { examineStorage } from '../visit-storages.ts'
import { readConfiguration, usableConfiguration } from './configuration.ts'
import type { CliContext } from './context.ts'
import { exit } from './exit.ts'
import { namedStorage } from './named-storage.ts'

export interface DoctorOptions {
  readonly name: string
  readonly config?: string
  readonly json?: boolean
}

/** `sluice doctor storage`: what a store can do, found out by trying. Status 1 when something is missing that is needed. */
export async function doctorStorage(
  context: CliContext,
  { name, json = false, ...read }: DoctorOptions,
): Promise<number> {
  const configuration = usableConfiguration(context, await readConfiguration(context, read))
  const storage = namedStorage(configuration, name)
  const { driver } = storage
  const findings = await examineStorage(name, storage)
  const isFit = findings.every(({ isNeeded, verdict }) => !isNeeded || verdict === 'works')
  const report = { storage: name, driver, verdict: isFit ? 'fit' : 'unfit', findings }
  context.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : text(report))
  return isFit ? exit.ok : exit.failure
}

interface Report {
  readonly storage: string
  readonly driver: string
  readonly verdict: string
  readonly findings: readonly Finding[]
}

function text({ storage, driver, verdict, findings }: Report): string {
  if (findings.length === 0) return `${storage} (${driver}): there is nothing to find out about this kind of storage.\n`
  const lines = findings.map(
    ({ probe, verdict, isNeeded, detail }) =>
      `${verdict.padEnd(8)} ${probe.padEnd(26)} ${isNeeded || verdict === 'works' ? detail : `${detail} (can do without)`}`,
  )
  const sentence = verdict === 'fit' ? 'everything that is needed works.' : 'something that is needed does not work.'
  return `${[`${storage} (${driver})`, ...lines, `${storage}: ${sentence}`].join('\n')}\n`
}
