import fs from 'node:fs'
import { z } from 'zod'
import type { ObjectKey } from '../../../../core/paths.ts'
import type { Confined } from '../confine/place.ts'
import { isMissing, systemCode } from '../errors.ts'
import { writeAtNow } from '../io/file-io.ts'
import { fstat } from '../io/stats.ts'
import type { Staging } from './staging.ts'
import { isSameFile, jsonOrNull, type Base } from './ticket.ts'

const undoRecord = z.strictObject({
  v: z.literal(1),
  key: z.string(),
  dev: z.string(),
  ino: z.string(),
  bytes: z.int().min(0),
  /** Who appends. */
  process: z.int().optional(),
})

/** Named after the file it is about, so that a second append to the same file finds the name taken. */
export function undoName({ dev, ino }: Pick<Base, 'dev' | 'ino'>): string {
  return `${dev}-${ino}.undo`
}

export function isUndoName(name: string): boolean {
  return name.endsWith('.undo')
}

export interface Undo {
  readonly key: ObjectKey
  readonly base: Pick<Base, 'dev' | 'ino'>
  /** The length to go back to. */
  readonly bytes: number
}

/** Notes the length of a file that is about to grow. Returns the record's descriptor; null when it grows already. */
export function createUndo(staging: Staging, { key, base, bytes }: Undo): number | null {
  const name = undoName(base)
  try {
    const descriptor = staging.create(name)
    const record = { v: 1, key, dev: base.dev, ino: base.ino, bytes, process: process.pid } satisfies z.input<
      typeof undoRecord
    >
    writeAtNow(descriptor, Buffer.from(JSON.stringify(record)), 0)
    return descriptor
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return null
    staging.remove(name)
    throw error
  }
}

/** Whether the process of this number was appending. */
export function isUndoOf(process: number, text: string): boolean {
  return undoRecord.safeParse(jsonOrNull(text)).data?.process === process
}

/** Cuts a file back to where it was before a dead process began to append. What is no longer the same file stays. */
export function undo(text: string, confined: Confined): void {
  const record = undoRecord.safeParse(jsonOrNull(text)).data
  // A record torn by a power cut was never followed by a byte: those wait until it is safe on the disk.
  if (record === undefined) return
  try {
    confined.at(record.key as ObjectKey, 'follow', ({ path, stats }) => {
      if (!stats?.isFile() || !isSameFile(record, stats) || stats.size <= record.bytes) return
      const descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NOFOLLOW)
      try {
        if (isSameFile(record, fstat(descriptor))) fs.ftruncateSync(descriptor, record.bytes)
      } finally {
        fs.closeSync(descriptor)
      }
    })
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
