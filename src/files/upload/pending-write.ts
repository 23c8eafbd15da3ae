import { isGatewayError, toGatewayError } from '../../core/errors.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { Entry, FileEntry } from '../../storage/contract.ts'
import type { PendingWrite, Settlement, TreeOptions } from '../file-tree.ts'
import { noteHashes } from '../hash.ts'
import type { MountedPlace } from '../mounts.ts'
import { denied } from '../permissions.ts'
import type { Reservation } from '../quota.ts'
import { veil, type View } from '../view.ts'
import type { BrokenNote } from './broken.ts'
import { dropKept } from './kept.ts'
import type { Meter } from './metering.ts'
import { changed, type WritePlan } from './plan.ts'
import { fateOf, isComplete, type Fate } from './policy.ts'
import type { JournaledUpload } from './staging.ts'

export interface OpenedWrite {
  readonly place: MountedPlace
  readonly plan: WritePlan
  readonly staged: JournaledUpload
  readonly meter: Meter
  readonly reservation: Reservation
  readonly broken: BrokenNote
  /** Where else it may appear when another upload takes its name first (STOU). */
  readonly alternatives: Iterator<MountedPlace, void> | null
}

/** An upload that has been allowed and staged, up to its end. */
export function pendingWrite(view: View, opened: OpenedWrite): PendingWrite {
  const { plan, staged, meter, reservation, broken } = opened
  const { upload } = staged
  let { place } = opened
  let hasBegun = false
  let isBroken = false
  let settlement: Promise<Settlement> | null = null

  /** What a kept upload holds behind the restart offset goes only when something comes in its place. */
  async function begin(): Promise<void> {
    if (hasBegun) return
    hasBegun = true
    if (plan.kept !== null && plan.startBytes < upload.durableBytes) await upload.truncate(plan.startBytes)
  }

  async function append(body: AsyncIterable<Uint8Array>, options: TreeOptions = {}): Promise<void> {
    try {
      await begin()
      await upload.append(meter.measure(body), options)
    } catch (error) {
      isBroken = true
      throw veil(view, place.path, error)
    }
  }

  function fate(verdict: Verdict): Fate {
    if (!hasBegun && !isComplete(verdict)) return plan.kept === null ? 'discard' : 'keep'
    if (meter.refusal !== null) return 'discard'
    // A body that threw is no whole body, whatever the evidence from the client.
    const decided = fateOf(isBroken && isComplete(verdict) ? 'cut' : verdict, view.account.incompleteUploads)
    return decided === 'keep' && !canBeKept() ? 'discard' : decided
  }

  /** Without `overwrite` it could never be published: see `claimKept`. */
  function canBeKept(): boolean {
    return plan.base === null || view.rightsAt(place).has('overwrite')
  }

  async function publish(): Promise<Settlement> {
    await begin()
    await broken.settled()
    const old = await requireConditions(view, place, plan)
    const published = await publishSomewhere()
    const { bytes, proof } = published
    broken.over()
    await staged.forget()
    view.announced.forget(place.path)
    await afterwards(async () => {
      await reservation.close(bytes - (old?.kind === 'file' ? old.bytes : 0))
      await dropKept(view, place)
      await noteHashes(view, place, published)
    })
    return { outcome: 'published', bytes, ...(proof && { proof }) }
  }

  async function publishSomewhere(): Promise<FileEntry> {
    for (;;) {
      try {
        return await upload.publish(place === opened.place ? {} : { as: place.key })
      } catch (error) {
        if (!isGatewayError(error, 'already-exists', 'is-directory')) throw error
        const next = opened.alternatives?.next()
        if (next === undefined || next.done === true) throw plan.ifAbsent ? plan.taken(place.path, error) : error
        place = next.value
        pending.path = place.path
      }
    }
  }

  async function keep(): Promise<Settlement> {
    try {
      if (hasBegun) await dropKept(view, place, staged.id())
      await staged.keep()
      broken.over()
    } catch (error) {
      view.logger.error('an upload could not be kept', { path: place.path, error })
      return discard()
    }
    // What was on its way may have arrived since.
    const bytes = upload.durableBytes
    await afterwards(() => reservation.close(bytes))
    return { outcome: 'kept', bytes }
  }

  async function discard(): Promise<Settlement> {
    await staged.discard()
    await afterwards(() => reservation.close(0))
    await broken.atEnd()
    return { outcome: 'discarded', bytes: 0 }
  }

  /** The upload's fate is settled: a count that fails must not turn it into another. */
  async function afterwards(task: () => Promise<void>): Promise<void> {
    try {
      await task()
    } catch (error) {
      view.logger.error('an upload was settled, but not counted', { path: place.path, error })
    }
  }

  async function publishOrFallBack(verdict: Verdict): Promise<Settlement> {
    try {
      return await publish()
    } catch (error) {
      const mayRetry =
        view.account.incompleteUploads === 'resume' && isGatewayError(error, 'unavailable') && canBeKept()
      const rest = mayRetry ? await keep() : await discard()
      if (isComplete(verdict)) throw veil(view, place.path, toGatewayError(error))
      view.logger.warn('a cut upload could not be published', { path: place.path, error })
      return rest
    }
  }

  function settle(verdict: Verdict): Promise<Settlement> {
    const decided = fate(verdict)
    if (decided === 'publish') return publishOrFallBack(verdict)
    return decided === 'keep' ? keep() : discard()
  }

  const pending = {
    path: place.path,
    append,
    settle: (verdict: Verdict) => (settlement ??= settle(verdict)),
  }
  return pending
}

/** What is under the name now, where it matters. A driver cannot know what was true when an upload began elsewhere. */
async function requireConditions(
  view: View,
  { mount, key, path }: MountedPlace,
  plan: WritePlan,
): Promise<Entry | null> {
  const { base, kept, ifAbsent, ifPresent } = plan
  const isConditional = base !== null || ifPresent || (kept !== null && ifAbsent)
  if (!isConditional && !view.quota.isLimited) return null
  const old = await mount.storage.stat(key)
  if (base !== null && !isSameVersion(base, old)) throw changed(path)
  if (ifPresent && old === null) throw denied(path)
  if (kept !== null && ifAbsent && old !== null) throw denied(path)
  return old
}

function isSameVersion(base: FileEntry, now: Entry | null): boolean {
  return now?.kind === 'file' && now.version === base.version
}
