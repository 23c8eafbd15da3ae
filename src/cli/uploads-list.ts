import { formatAge } from '../core/units.ts'
import type { StagedUploadRecord } from '../state/staged-uploads.ts'
import type { WaitingUpload } from '../state/waiting-uploads.ts'
import type { UnfinishedUpload } from '../storage/contract.ts'
import type { CliContext } from './context.ts'
import { recordsOf, ticketsOf, waitingOf, withUploads, type Opened, type UploadsOptions } from './uploads.ts'

export interface ListOptions extends UploadsOptions {
  readonly json?: boolean
}

/** An unfinished upload, as JSON tells it. */
interface Row {
  readonly storage: string
  /** `waiting`: it came whole, and waits for its rename. `nobody's`: it stands in no journal, and nobody can go on with it. */
  readonly state: 'kept' | 'under way' | 'waiting' | "nobody's"
  readonly account: string | null
  /** As its account knows it. */
  readonly path: string | null
  /** As it stands in the storage. */
  readonly key: string | null
  /** The store's. */
  readonly uploadId: string | null
  readonly bytes: number | null
  /** When somebody last wrote to it, or began it; ISO 8601. */
  readonly since: string | null
  readonly ageMilliseconds: number | null
}

/** `sluice uploads list`: unfinished uploads, those in the journal and those that the stores hold beside it. */
export async function listUploads(context: CliContext, { json = false, ...options }: ListOptions): Promise<number> {
  const { stdout } = context
  return await withUploads(context, options, async (opened) => {
    const rows: Row[] = []
    for await (const row of rowsOf(opened, context.clock.now())) {
      rows.push(row)
      if (!json) stdout.write(`${line(row)}\n`)
    }
    if (!json && rows.length === 0) context.stderr.write(noneSentence(opened, context.clock.now()))
    if (json) stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  })
}

/** Beside standard output, which has one line for each. */
function noneSentence({ before }: Opened, now: Date): string {
  return `No unfinished upload has been left alone for ${formatAge(now.getTime() - before.getTime())}; see --older-than.\n`
}

async function* rowsOf(opened: Opened, now: Date): AsyncGenerator<Row, void> {
  for (const record of await recordsOf(opened)) yield journalRow(record, now)
  for (const upload of await waitingOf(opened)) yield waitingRow(upload, now)
  for (const [name, storage] of opened.storages) {
    for await (const upload of storage.unfinished?.(await ticketsOf(opened, name), opened.before) ?? [])
      yield storeRow(name, upload, now)
  }
}

function journalRow({ storage, account, path, isKept, touchedAt }: StagedUploadRecord, now: Date): Row {
  const unknown = { key: null, uploadId: null, bytes: null }
  return { storage, state: isKept ? 'kept' : 'under way', account, path, ...unknown, ...aged(touchedAt, now) }
}

function waitingRow({ storage, account, key, bytes, endedAt }: WaitingUpload, now: Date): Row {
  return { storage, state: 'waiting', account, path: null, key, uploadId: null, bytes, ...aged(endedAt, now) }
}

function storeRow(storage: string, { key, id: uploadId, bytes, begunAt }: UnfinishedUpload, now: Date): Row {
  return { storage, state: "nobody's", account: null, path: null, key, uploadId, bytes, ...aged(begunAt, now) }
}

function aged(since: Date | null, now: Date): Pick<Row, 'since' | 'ageMilliseconds'> {
  if (since === null) return { since: null, ageMilliseconds: null }
  return { since: since.toISOString(), ageMilliseconds: Math.max(0, now.getTime() - since.getTime()) }
}

function line({ storage, account, path, key, state, ageMilliseconds: age, bytes, uploadId }: Row): string {
  const words = [storage, account ?? '–', JSON.stringify(path ?? key), state]
  if (age !== null) words.push(formatAge(age))
  if (bytes !== null) words.push(`${bytes} bytes`)
  if (uploadId !== null) words.push(uploadId)
  return words.join('  ')
}
