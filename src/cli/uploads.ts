import { systemClock } from '../core/clock.ts'
import { formatAge } from '../core/units.ts'
import type { Configuration } from '../config/schema.ts'
import { openState } from '../state/database.ts'
import { instanceId } from '../state/instance.ts'
import { ownerName } from '../state/nodes.ts'
import { sqlQuotaLedger } from '../state/quota.ts'
import type { StagedUploadRecord } from '../state/staged-uploads.ts'
import { sqlStagedUploads, type SqlStagedUploads } from '../state/staged-uploads-sql.ts'
import type { WaitingUpload, WaitingUploads } from '../state/waiting-uploads.ts'
import { sqlWaitingUploads } from '../state/waiting-uploads-sql.ts'
import type { Storage } from '../storage/contract.ts'
import { visitStorages } from '../visit-storages.ts'
import { readConfiguration, usableConfiguration } from './configuration.ts'
import type { CliContext } from './context.ts'
import { exit } from './exit.ts'
import { namedStorage } from './named-storage.ts'

export interface UploadsOptions {
  readonly config?: string
  /** Only of this storage. */
  readonly storage?: string
  /** Only those that nobody has touched for so long. Default: `uploads.sweepAfter`. */
  readonly olderThanMilliseconds?: number
  readonly dryRun?: boolean
}

export interface Opened {
  readonly staged: SqlStagedUploads
  readonly waiting: WaitingUploads
  readonly storages: ReadonlyMap<string, Storage>
  readonly before: Date
  /** Gives the room of a discarded upload back to its account's quota. */
  giveBack(account: string, bytes: number): Promise<void>
}

/**
 * `sluice uploads abort`: discards them, in the stores and in the journal, but those that came whole and wait for their
 * rename. A gateway may be running meanwhile.
 */
export async function abortUploads(context: CliContext, options: UploadsOptions): Promise<number> {
  const isDryRun = options.dryRun ?? false
  return await withUploads(context, options, async (opened) => {
    const now = context.clock.now()
    for (const record of await recordsOf(opened)) {
      const isGone = isDryRun || (await discard(opened, record))
      const what = isDryRun ? 'would be aborted' : isGone ? 'aborted' : 'in use, left alone'
      context.stdout.write(`${line(record, now)}: ${what}\n`)
    }
    for (const upload of await waitingOf(opened))
      context.stdout.write(`${waitingLine(upload, now)}: whole, left alone\n`)
    await sweepAll(context, opened, isDryRun)
  })
}

/** Opens journal and stores, and closes them whatever happens. */
export async function withUploads(
  context: CliContext,
  { storage, olderThanMilliseconds, ...read }: UploadsOptions,
  task: (opened: Opened) => Promise<void>,
): Promise<number> {
  const configuration = usableConfiguration(context, await readConfiguration(context, read))
  const chosen = chosenStorages(configuration, storage)
  const state = await openState(configuration.state)
  try {
    const instance = await instanceId(configuration.state, state)
    const storages = await visitStorages(chosen, instance)
    const age = olderThanMilliseconds ?? configuration.uploads.sweepAfter
    const owner = ownerName(instance, `command-${process.pid}`)
    const quota = sqlQuotaLedger(state, { owner })
    const staged = sqlStagedUploads(state, { owner, clock: systemClock })
    const before = new Date(context.clock.now().getTime() - age)
    try {
      const waiting = sqlWaitingUploads(state, { owner, clock: systemClock })
      await task({
        staged,
        waiting,
        storages,
        before,
        giveBack: async (account, bytes) => quota.adjust(account, -bytes),
      })
    } finally {
      for (const opened of storages.values()) await opened.close()
    }
    return exit.ok
  } finally {
    await state.close()
  }
}

function chosenStorages(configuration: Configuration, name: string | undefined): Configuration['storages'] {
  return name === undefined ? configuration.storages : { [name]: namedStorage(configuration, name) }
}

/** Those in the journal. */
export async function recordsOf({ staged, storages, before }: Opened): Promise<readonly StagedUploadRecord[]> {
  return (await staged.all({ before })).filter(({ storage }) => storages.has(storage))
}

/** Uploads that their clients have been told are stored. */
export async function waitingOf({ waiting, storages, before }: Opened): Promise<readonly WaitingUpload[]> {
  return (await waiting.all({ endedBefore: before })).filter(({ storage }) => storages.has(storage))
}

/** False when a session has it. */
async function discard({ staged, storages, giveBack }: Opened, { id }: StagedUploadRecord): Promise<boolean> {
  const record = await staged.claim(id)
  if (record === null) return false
  try {
    const journal = async (ticket: string) => staged.update(id, ticket)
    const upload = (await storages.get(record.storage)?.restage(record.ticket, { journal })) ?? null
    const bytes = upload?.durableBytes ?? 0
    await upload?.discard()
    await staged.remove(id)
    await giveBack(record.account, bytes)
    return true
  } catch (error) {
    await staged.keep(id, record.ticket)
    throw error
  }
}

/** What leads to uploads that are somebody's. */
export async function ticketsOf(
  { staged, waiting }: Pick<Opened, 'staged' | 'waiting'>,
  storage: string,
): Promise<readonly string[]> {
  return [...(await staged.all({ storage })), ...(await waiting.all({ storage }))].map(({ ticket }) => ticket)
}

/** What no ticket of ours leads to. */
async function sweepAll(context: CliContext, opened: Opened, isDryRun: boolean): Promise<void> {
  const { storages, before } = opened
  for (const [name, storage] of storages) {
    const tickets = await ticketsOf(opened, name)
    const count = (await storage.sweep?.(tickets, { before, isDryRun, othersWork: true })) ?? 0
    if (count === 0) continue
    const word = isDryRun ? 'that nobody can go on with: would be aborted' : 'that nobody could go on with: aborted'
    context.stdout.write(`${name}: ${count} more ${word}\n`)
  }
}

function line({ storage, account, path, isKept, touchedAt }: StagedUploadRecord, now: Date): string {
  const age = ageOf(touchedAt, now)
  return `${storage}  ${account}  ${JSON.stringify(path)}  ${isKept ? 'kept' : 'under way'}  ${age}`
}

function waitingLine({ storage, account, key, endedAt }: WaitingUpload, now: Date): string {
  return `${storage}  ${account}  ${JSON.stringify(key)}  waiting  ${ageOf(endedAt, now)}`
}

function ageOf(time: Date, now: Date): string {
  return formatAge(now.getTime() - time.getTime())
}
