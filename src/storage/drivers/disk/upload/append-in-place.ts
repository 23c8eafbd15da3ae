import fs from 'node:fs'
import type { ObjectKey } from '../../../../core/paths.ts'
import type { BufferPool } from '../../../../core/buffer-pool.ts'
import type { Confined } from '../confine/place.ts'
import type { Durability } from '../io/durability.ts'
import { diskError } from '../errors.ts'
import { copyRange, writeAtNow } from '../io/file-io.ts'
import { fstat } from '../io/stats.ts'
import type { StagedContent } from './staged-content.ts'
import type { Staging } from './staging.ts'
import { isSameFile, type Base } from './ticket.ts'
import { createUndo, undoName } from './undo.ts'

export interface InPlaceServices {
  readonly confined: Confined
  readonly staging: Staging
  readonly durability: Durability
  readonly buffers: BufferPool
}

export interface Tail {
  readonly key: ObjectKey
  readonly base: Base
  /** The length of the file so far, and where the tail begins. */
  readonly start: number
  readonly content: StagedContent
  readonly modified: Date | null
}

/**
 * Appends a staged tail to the file itself, so that a large file sent in many small pieces is not copied for each. An undo
 * record is on the disk before the first byte and gone after the last; whatever fails, the old length comes back. Returns
 * the file's descriptor, or null when it is not what was gone on from, or when somebody else appends to it right now.
 */
export async function appendInPlace(tail: Tail, services: InPlaceServices): Promise<number | null> {
  const descriptor = openTarget(tail, services.confined)
  if (descriptor === null) return null
  try {
    if (await appendTo(descriptor, tail, services)) return descriptor
  } catch (error) {
    fs.closeSync(descriptor)
    throw error
  }
  fs.closeSync(descriptor)
  return null
}

function openTarget({ key, base }: Tail, confined: Confined): number | null {
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  return confined.at(key, 'follow', ({ path, stats }) => {
    if (!stats?.isFile() || !isSameFile(base, stats)) return null
    const descriptor = fs.openSync(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK)
    if (isSameFile(base, fstat(descriptor))) return descriptor
    fs.closeSync(descriptor)
    return null
  })
}

async function appendTo(descriptor: number, tail: Tail, services: InPlaceServices): Promise<boolean> {
  const { staging, durability } = services
  const name = undoName(tail.base)
  const undo = createUndo(staging, { key: tail.key, base: tail.base, bytes: tail.start })
  if (undo === null) return false
  staging.active.add(name)
  try {
    // Only now that the record keeps others away does the length stay what it is. Other names of the file mean other owners.
    const { size, nlink } = fs.fstatSync(descriptor)
    const isAppendable = size === tail.start && nlink === 1
    if (isAppendable) {
      await durability.file(undo)
      await durability.directory(staging.path())
      await writeOrUndo(descriptor, tail, services)
    }
    staging.remove(name)
    if (isAppendable) await durability.directory(staging.path())
    return isAppendable
  } finally {
    fs.closeSync(undo)
    staging.active.delete(name)
  }
}

async function writeOrUndo(descriptor: number, tail: Tail, services: InPlaceServices): Promise<void> {
  try {
    await writeTail(descriptor, tail, services.buffers)
    await services.durability.file(descriptor)
  } catch (error) {
    // When even this fails, the record stays, and the next start cuts the file.
    fs.ftruncateSync(descriptor, tail.start)
    services.staging.remove(undoName(tail.base))
    throw error
  }
}

async function writeTail(descriptor: number, { content, start, modified }: Tail, buffers: BufferPool): Promise<void> {
  const { waiting, bytes: end } = content
  const staged = content.descriptor
  if (staged !== null) {
    const buffer = buffers.lease()
    try {
      await copyRange({ from: staged, to: descriptor, start, end: end - waiting.length }, buffer)
    } finally {
      buffers.release(buffer)
    }
  }
  writeAtNow(descriptor, waiting, end - waiting.length)
  if (modified !== null) fs.futimesSync(descriptor, modified, modified)
  if (fs.fstatSync(descriptor).size !== end) throw diskError('corrupted')
}
