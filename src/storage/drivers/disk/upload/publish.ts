import fs from 'node:fs'
import type { ObjectKey } from '../../../../core/paths.ts'
import type { Place } from '../confine/place.ts'
import { appendInPlace, type InPlaceServices } from './append-in-place.ts'
import { diskError } from '../errors.ts'
import { copyRange } from '../io/file-io.ts'
import { fstat, type FileStats } from '../io/stats.ts'
import { modeOf } from '../entries.ts'
import type { StagedContent } from './staged-content.ts'
import type { Base } from './ticket.ts'

/** Up to here an old beginning is copied, so that readers see the longer file at once or not at all. */
const smallBaseBytes = 1_048_576

export interface Publication {
  /** The staged file's name. */
  readonly id: string
  readonly key: ObjectKey
  readonly content: StagedContent
  readonly start: number
  readonly base: Base | null
  /** The old file, open since it was staged: what stands under the key may be another by now. */
  readonly baseDescriptor: number | null
  readonly ifAbsent: boolean
  readonly modified: Date | null
  /** Null: that of the file it replaces, else the usual one. */
  readonly mode: number | null
  readonly isSameKey: boolean
}

/** Makes a staged upload visible. Returns what stands there then. @throws as `StagedUpload.publish` does. */
export async function publishStaged(upload: Publication, services: InPlaceServices): Promise<FileStats> {
  const grown = isGrowing(upload) ? await appendInPlace({ ...upload, base: upload.base }, services) : null
  if (grown === null) return publishWhole(upload, services)
  if (upload.content.descriptor !== null) services.staging.remove(upload.id)
  const stats = fstat(grown)
  fs.closeSync(grown)
  return stats
}

/** Whether the tail is the shorter part of a large file: then it costs less to append it than to copy what stands before. */
function isGrowing(upload: Publication): upload is Publication & { readonly base: Base } {
  const { base, start, content, isSameKey, ifAbsent, mode } = upload
  if (base === null || base.bytes !== start || start <= smallBaseBytes) return false
  return content.bytes - start < start && isSameKey && !ifAbsent && mode === null
}

async function publishWhole(upload: Publication, services: InPlaceServices): Promise<FileStats> {
  const { content, modified } = upload
  const descriptor = content.toFile()
  await fillHead(descriptor, upload, services)
  if (fs.fstatSync(descriptor).size !== content.bytes) throw diskError('corrupted')
  if (modified !== null) fs.futimesSync(descriptor, modified, modified)
  await services.durability.file(descriptor)
  const { id, key } = upload
  const named = services.confined.at(key, 'follow', (place) => {
    takeMode(descriptor, place, upload)
    takeName(services.staging.path(id), place, upload.ifAbsent)
    return services.durability.directory(place.parent)
  })
  await named
  return fstat(descriptor)
}

/** Fills the hole in front of the staged bytes with the old file's beginning. */
async function fillHead(descriptor: number, upload: Publication, { buffers }: InPlaceServices): Promise<void> {
  const { start, baseDescriptor } = upload
  if (start === 0 || baseDescriptor === null) return
  const buffer = buffers.lease(start)
  try {
    const end = await copyRange({ from: baseDescriptor, to: descriptor, start: 0, end: start }, buffer)
    if (end !== start) throw diskError('conflict')
  } finally {
    buffers.release(buffer)
  }
}

/** @throws 'is-directory', 'already-exists', 'permission-denied' for what must not be replaced. */
export function refuseReplacing({ stats, isBlocked }: Place, ifAbsent: boolean): void {
  if (stats?.isDirectory()) throw diskError('is-directory')
  if (isBlocked || (stats !== null && !stats.isFile())) throw diskError('permission-denied')
  if (ifAbsent && stats !== null) throw diskError('already-exists')
}

function takeMode(descriptor: number, { stats }: Place, { mode }: Publication): void {
  const wanted = mode ?? (stats === null ? null : modeOf(stats) & 0o777)
  if (wanted !== null) fs.fchmodSync(descriptor, wanted)
}

/** Link and unlink where nothing may be replaced: a link, other than a rename, fails when the name is taken. */
function takeName(staged: string, place: Place, ifAbsent: boolean): void {
  refuseReplacing(place, ifAbsent)
  if (!ifAbsent) return fs.renameSync(staged, place.path)
  fs.linkSync(staged, place.path)
  fs.unlinkSync(staged)
}
