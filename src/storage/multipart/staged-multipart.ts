import { GatewayError } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/paths.ts'
import { untilAborted } from '../abortable.ts'
import type { CallOptions, PublishOptions, SealedUpload, StagedUpload } from '../contract.ts'
import type { UploadBase, UploadEngine, UploadSpec } from './engine.ts'
import { partStream } from './part-stream.ts'
import type { ResumedParts } from './parts-table.ts'
import { toldProof } from './proof.ts'
import { writeSealedTicket } from './sealed-ticket.ts'
import { suspendedTicket } from './ticket.ts'

/**
 * An upload into an object store, as `Storage.stage` promises it. Staging sends nothing. What was acknowledged is whole
 * parts: a client that resumes sends again what stood behind the last of them, less than one least part.
 */
export function stagedMultipart(
  engine: UploadEngine,
  firstSpec: UploadSpec,
  resumed: ResumedParts | null = null,
): StagedUpload {
  let spec = firstSpec
  let stream = partStream(engine, spec, resumed)
  /** What was durable when an append broke: its caller goes on from there, whatever was acknowledged since. */
  let brokenBytes: number | null = null
  let isOver = false
  let isSealed = false
  let isSuspended = false

  function refuseWhenOver(): void {
    if (isOver || isSealed) throw new GatewayError('internal', 'This upload has ended.')
  }

  /**
   * Goes on from an offset. Parts behind it cannot be removed from the store one by one, so the ticket has to say that they
   * do not count; where it cannot be written anew, another upload is begun.
   */
  async function restartAt(bytes: number): Promise<void> {
    const base = baseUpTo(spec.base, bytes)
    // Refused before anything is let go; and once more after what was on its way has arrived.
    partsAt(bytes, base)
    await stream.leave()
    const parts = partsAt(bytes, base)
    const isAnew = isForgotten(parts) && mustBeginAnew()
    if (isAnew) await stream.discard()
    spec = { ...spec, base }
    stream = partStream(engine, spec, isAnew ? null : parts)
    brokenBytes = null
    if (isForgotten(parts)) await spec.journal?.(stream.ticket)
  }

  /** The parts that stay. @throws GatewayError 'invalid-restart' when the offset is inside one. */
  function partsAt(bytes: number, base: UploadBase | null): ResumedParts | null {
    // Copies of a longer beginning are of no use for a shorter one.
    const there = base?.bytes === spec.base?.bytes ? stream.resumedAt(bytes) : 'inside'
    const isAtBase = bytes === (base?.bytes ?? 0)
    if (there === 'inside' && !isAtBase) throw insidePart()
    const parts = there === 'inside' ? emptied(stream.resumedAt(0)) : there
    if (isForgotten(parts) && mustBeginAnew() && !isAtBase) throw insidePart()
    return parts
  }

  /** The ticket that leads here is kept somewhere, and would still tell of the parts that are given up. */
  const mustBeginAnew = () => resumed !== null && spec.journal === null

  async function append(body: AsyncIterable<Uint8Array>, { signal }: CallOptions = {}): Promise<void> {
    refuseWhenOver()
    if (brokenBytes !== null) await restartAt(brokenBytes)
    const either = signal === undefined ? stream.failed : AbortSignal.any([signal, stream.failed])
    try {
      for await (const chunk of untilAborted(body, either)) await stream.write(chunk, either)
    } catch (error) {
      brokenBytes = stream.durableBytes
      throw error
    }
  }

  async function seal(temporaryKey: ObjectKey): Promise<SealedUpload> {
    refuseWhenOver()
    const content = await stream.seal()
    isSealed = true
    const { key, token, modified } = spec
    const ticket = writeSealedTicket({ key, token, modified, ...content })
    const { bytes, checksum, hashes } = content
    const proof = toldProof(engine.store.rules, checksum)
    return {
      ticket,
      key: temporaryKey,
      finalKey: key,
      bytes,
      modified,
      proof,
      hashes: { ...hashes, ...(proof && { [proof.name]: proof.hex }) },
    }
  }

  const { temporaryKey = null } = firstSpec
  return {
    ...(temporaryKey !== null && { seal: () => seal(temporaryKey) }),
    get ticket() {
      return isSuspended ? suspendedTicket(stream.ticket) : stream.ticket
    },
    get durableBytes() {
      return brokenBytes ?? stream.durableBytes
    },
    append,
    async truncate(bytes) {
      refuseWhenOver()
      if (bytes > (brokenBytes ?? stream.durableBytes)) throw beyondDurable()
      await restartAt(bytes)
    },
    async publish({ as: key, signal }: PublishOptions = {}) {
      refuseWhenOver()
      if (temporaryKey !== null) throw new GatewayError('internal', 'This upload waits for its name.')
      const published = await stream.publish({ key, signal })
      isOver = true
      return engine.entryOf(published)
    },
    async suspend() {
      if (isOver) return
      isOver = true
      brokenBytes = null
      await stream.keep()
      isSuspended = true
    },
    async discard() {
      if (isOver) return
      isOver = true
      await stream.discard()
    },
  }
}

function baseUpTo(base: UploadBase | null, bytes: number): UploadBase | null {
  if (base === null || bytes >= base.bytes) return base
  return bytes === 0 ? null : { ...base, bytes, checksum: null }
}

/** Whether there are parts in the store that no longer count. */
function isForgotten(parts: ResumedParts | null): boolean {
  return parts !== null && !parts.isListTrusted
}

/** The same upload, without its parts. */
function emptied(resumed: ResumedParts | 'inside' | null): ResumedParts | null {
  return resumed === null || resumed === 'inside' ? null : { ...resumed, parts: [], known: [] }
}

function beyondDurable(): GatewayError {
  return new GatewayError('invalid-restart', 'Fewer bytes than that are stored.')
}

function insidePart(): GatewayError {
  return new GatewayError(
    'invalid-restart',
    'The store cannot go on from there; it can from what it tells as the size.',
  )
}
