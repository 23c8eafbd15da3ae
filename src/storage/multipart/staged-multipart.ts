import { GatewayError } from '../../core/errors.ts'
import type { ObjectKey } from '../../core/paths.ts'
import { untilAborted } from '../abortable.ts'
import type { CallOptions, FileEntry, PublishOptions, SealedUpload, StagedUpload, StageTicket } from '../contract.ts'
import type { UploadBase, UploadEngine, UploadSpec } from './engine.ts'
import { partStream } from './part-stream.ts'
import type { PartStream } from './part-stream-contract.ts'
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
  spec: UploadSpec,
  resumed: ResumedParts | null = null,
): StagedUpload {
  return new StagedMultipart(engine, spec, resumed)
}

class StagedMultipart implements StagedUpload {
  readonly seal?: () => Promise<SealedUpload>
  readonly #engine: UploadEngine
  readonly #isResumed: boolean
  #spec: UploadSpec
  #stream: PartStream
  /** What was durable when an append broke: its caller goes on from there, whatever was acknowledged since. */
  #brokenBytes: number | null = null
  #isOver = false
  #isSealed = false
  #isSuspended = false

  constructor(engine: UploadEngine, spec: UploadSpec, resumed: ResumedParts | null) {
    this.#engine = engine
    this.#isResumed = resumed !== null
    this.#spec = spec
    this.#stream = partStream(engine, spec, resumed)
    const { temporaryKey = null } = spec
    if (temporaryKey !== null) this.seal = () => this.#seal(temporaryKey)
  }

  get ticket(): StageTicket {
    const ticket = this.#stream.ticket()
    return this.#isSuspended ? suspendedTicket(ticket) : ticket
  }

  get durableBytes(): number {
    return this.#brokenBytes ?? this.#stream.durableBytes()
  }

  async append(body: AsyncIterable<Uint8Array>, { signal }: CallOptions = {}): Promise<void> {
    this.#refuseWhenOver()
    if (this.#brokenBytes !== null) await this.#restartAt(this.#brokenBytes)
    const stream = this.#stream
    const either = signal === undefined ? stream.failed : AbortSignal.any([signal, stream.failed])
    try {
      for await (const chunk of untilAborted(body, either)) await stream.write(chunk, either)
    } catch (error) {
      this.#brokenBytes = stream.durableBytes()
      throw error
    }
  }

  async truncate(bytes: number): Promise<void> {
    this.#refuseWhenOver()
    if (bytes > this.durableBytes) throw beyondDurable()
    await this.#restartAt(bytes)
  }

  async publish({ as: key, signal }: PublishOptions = {}): Promise<FileEntry> {
    this.#refuseWhenOver()
    if (this.seal !== undefined) throw new GatewayError('internal', 'This upload waits for its name.')
    const published = await this.#stream.publish({ key, signal })
    this.#isOver = true
    return this.#engine.entryOf(published)
  }

  async suspend(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#brokenBytes = null
    await this.#stream.keep()
    this.#isSuspended = true
  }

  async discard(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#stream.discard()
  }

  #refuseWhenOver(): void {
    if (this.#isOver || this.#isSealed) throw new GatewayError('internal', 'This upload has ended.')
  }

  /**
   * Goes on from an offset. Parts behind it cannot be removed from the store one by one, so the ticket has to say that they
   * do not count; where it cannot be written anew, another upload is begun.
   */
  async #restartAt(bytes: number): Promise<void> {
    const base = baseUpTo(this.#spec.base, bytes)
    // Refused before anything is let go; and once more after what was on its way has arrived.
    this.#partsAt(bytes, base)
    await this.#stream.leave()
    const parts = this.#partsAt(bytes, base)
    const isAnew = isForgotten(parts) && this.#mustBeginAnew()
    if (isAnew) await this.#stream.discard()
    this.#spec = { ...this.#spec, base }
    this.#stream = partStream(this.#engine, this.#spec, isAnew ? null : parts)
    this.#brokenBytes = null
    if (isForgotten(parts)) await this.#spec.journal?.(this.#stream.ticket())
  }

  /** The parts that stay. @throws GatewayError 'invalid-restart' when the offset is inside one. */
  #partsAt(bytes: number, base: UploadBase | null): ResumedParts | null {
    // Copies of a longer beginning are of no use for a shorter one.
    const there = base?.bytes === this.#spec.base?.bytes ? this.#stream.resumedAt(bytes) : 'inside'
    const isAtBase = bytes === (base?.bytes ?? 0)
    if (there === 'inside' && !isAtBase) throw insidePart()
    const parts = there === 'inside' ? emptied(this.#stream.resumedAt(0)) : there
    if (isForgotten(parts) && this.#mustBeginAnew() && !isAtBase) throw insidePart()
    return parts
  }

  /** The ticket that leads here is kept somewhere, and would still tell of the parts that are given up. */
  #mustBeginAnew(): boolean {
    return this.#isResumed && this.#spec.journal === null
  }

  async #seal(temporaryKey: ObjectKey): Promise<SealedUpload> {
    this.#refuseWhenOver()
    const content = await this.#stream.seal()
    this.#isSealed = true
    const { key, token, modified } = this.#spec
    const ticket = writeSealedTicket({ key, token, modified, ...content })
    const { bytes, checksum, hashes } = content
    const proof = toldProof(this.#engine.store.rules, checksum)
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
