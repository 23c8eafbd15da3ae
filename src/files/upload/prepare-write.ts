import { GatewayError, isGatewayError } from '../../core/errors.ts'
import type { VirtualPath } from '../../core/paths.ts'
import type { PendingWrite, TreeOptions, WriteOptions } from '../file-tree.ts'
import { isDirectory } from '../look.ts'
import type { MountedPlace } from '../mounts.ts'
import { denied, requireAny, requireMounted } from '../permissions.ts'
import { requireRoom } from '../quota.ts'
import type { View } from '../view.ts'
import { brokenNote, longBytes } from './broken.ts'
import { returnKept } from './kept.ts'
import { meter, tooLarge } from './metering.ts'
import { pendingWrite, type OpenedWrite } from './pending-write.ts'
import { invalidRestart, planWrite, type WritePlan } from './plan.ts'
import { openUpload, type JournaledUpload } from './staging.ts'
import { uniquePlaces } from './unique-names.ts'

type PrepareOptions = WriteOptions & TreeOptions

/**
 * STOR, APPE, STOU: all that can be refused before the first byte, and a staged upload.
 * @throws GatewayError 'permission-denied', 'is-directory', 'not-found' and 'not-directory' for the parent, 'too-large',
 *   'quota-exceeded', 'invalid-restart', 'already-exists' when STOU finds no name.
 */
export async function prepareWrite(view: View, path: VirtualPath, options: PrepareOptions): Promise<PendingWrite> {
  if (options.mode === 'unique') return prepareUnique(view, path, options)
  const place = view.table.locate(path)
  requireAny(view.account.permissions, path, 'write', 'overwrite', 'append')
  if (place.isFixed) throw isDirectory(path)
  requireAny(view.rightsAt(place), path, 'write', 'overwrite', 'append')
  requireMounted(place)
  await requireRoom(view.quota, leastBytes(options), path)
  const plan = await planWrite(view, place, options)
  try {
    requireFit(view, path, { plan, ...options })
    const staged = await openUpload(view, place, { modified: view.announced.of(path), ...options, plan })
    return pendingWrite(view, { ...openedWrite(view, { place, plan, staged }), alternatives: null })
  } catch (error) {
    if (plan.kept !== null) await returnKept(view, plan.kept)
    throw error
  }
}

async function prepareUnique(view: View, path: VirtualPath, options: PrepareOptions): Promise<PendingWrite> {
  const { mount } = view.table.locate(path)
  requireAny(view.account.permissions, path, 'write')
  if (mount === null || mount.isReadOnly) requireAny(new Set(), path, 'write')
  if ((options.start ?? 0) > 0) throw invalidRestart(path)
  const plan: WritePlan = { startBytes: 0, base: null, kept: null, ifAbsent: true, taken: denied, ifPresent: false }
  await requireRoom(view.quota, leastBytes(options), path)
  requireFit(view, path, { plan, ...options })
  const alternatives = await uniquePlaces(view, path, options)
  for (let next = alternatives.next(); next.done !== true; next = alternatives.next()) {
    const place = next.value
    const staged = await stageIfFree(view, place, { plan, ...options })
    if (staged !== null) return pendingWrite(view, { ...openedWrite(view, { place, plan, staged }), alternatives })
  }
  throw new GatewayError('already-exists', `${path}: No name is free.`)
}

async function stageIfFree(
  view: View,
  place: MountedPlace,
  options: PrepareOptions & { readonly plan: WritePlan },
): Promise<JournaledUpload | null> {
  try {
    return await openUpload(view, place, options)
  } catch (error) {
    const isTaken = isGatewayError(error, 'is-directory') || isGatewayError(causeOf(error), 'already-exists')
    if (isTaken) return null
    throw error
  }
}

/** What will come at least: an account that is full already is told so before a byte moves. */
function leastBytes({ declaredBytes }: WriteOptions): number {
  return declaredBytes ?? 1
}

/** ALLO, held to the largest file. */
function requireFit(
  view: View,
  path: VirtualPath,
  { plan, declaredBytes = null }: WriteOptions & { readonly plan: WritePlan },
): void {
  const { maxFileBytes } = view.account
  if (maxFileBytes !== null && plan.startBytes + (declaredBytes ?? 0) > maxFileBytes) throw tooLarge(path)
}

function openedWrite(
  view: View,
  { place, plan, staged }: Pick<OpenedWrite, 'place' | 'plan' | 'staged'>,
): Omit<OpenedWrite, 'alternatives'> {
  const { path } = place
  const { startBytes, kept, base } = plan
  const { maxFileBytes } = view.account
  const reservation = view.quota.reservation(path)
  // The quota holds a kept upload's bytes since they came.
  if (kept !== null) reservation.adopt(kept.upload.durableBytes)
  const uncountedBytes = base === null ? 0 : startBytes
  const broken = brokenNote(view, place, base === null && !plan.ifAbsent)
  const long = { bytes: longBytes, told: broken.early }
  const measuring = meter({ path, startBytes, uncountedBytes, maxFileBytes, reservation, long })
  return { place, plan, staged, reservation, meter: measuring, broken }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : null
}
