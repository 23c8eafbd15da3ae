import fs from 'node:fs'
import { isGatewayError } from '../../../../core/errors.ts'
import { refuseWhenAborted } from '../../../abortable.ts'
import type { CallOptions, FileEntry, PublishOptions, StagedUpload, StageTicket } from '../../../contract.ts'
import type { InPlaceServices } from './append-in-place.ts'
import type { Entries } from '../entries.ts'
import { diskError, translate, translated } from '../errors.ts'
import type { Pace } from '../io/pace.ts'
import { publishStaged } from './publish.ts'
import { stagedContent, type StagedContent } from './staged-content.ts'
import { formatTicket, type Ticket } from './ticket.ts'

export interface UploadServices extends InPlaceServices {
  readonly pace: Pace
  readonly entries: Entries
  readonly newId: () => string
}

export interface UploadState {
  readonly ticket: Ticket
  /** The staged file, when there is one already. */
  readonly descriptor: number | null
  /** Behind the last byte staged. */
  readonly offset: number
  readonly baseDescriptor: number | null
  readonly mode: number | null
}

/** The upload of one staged file. Its calls are made one after another. */
export function diskUpload(state: UploadState, services: UploadServices): StagedUpload {
  return new DiskUpload(state, services)
}

class DiskUpload implements StagedUpload {
  readonly #state: UploadState
  readonly #services: UploadServices
  readonly #content: StagedContent
  #ticket: Ticket
  #phase: 'open' | 'failed' | 'over' = 'open'

  constructor(state: UploadState, services: UploadServices) {
    const { staging, buffers, pace } = services
    const { descriptor, offset, ticket } = state
    this.#state = state
    this.#services = services
    this.#ticket = ticket
    this.#content = stagedContent({ descriptor, offset, buffers, pace, create: () => staging.create(ticket.id) })
    staging.active.add(ticket.id)
  }

  get ticket(): StageTicket {
    return formatTicket(this.#ticket)
  }

  get durableBytes(): number {
    return this.#content.bytes
  }

  append(body: AsyncIterable<Uint8Array>, { signal }: CallOptions = {}): Promise<void> {
    return translated(async () => {
      this.#refuseUnlessOpen()
      refuseWhenAborted(signal)
      await this.#content.append(body, signal)
    })
  }

  truncate(bytes: number): Promise<void> {
    return translated(async () => {
      this.#refuseUnlessOpen()
      if (bytes > this.#content.bytes) throw diskError('invalid-restart')
      await this.#content.truncate(bytes)
      if (bytes < this.#ticket.start) this.#ticket = { ...this.#ticket, start: bytes }
    })
  }

  publish(options: PublishOptions = {}): Promise<FileEntry> {
    return translated(() => this.#publish(options))
  }

  suspend(): Promise<void> {
    return translated(async () => {
      if (this.#phase === 'over') return
      if (this.#phase === 'failed') return this.#end()
      const descriptor = this.#content.toFile()
      // Where nothing came yet, the hole in front has to be made: the length tells where to go on.
      if (this.#content.bytes === this.#ticket.start) fs.ftruncateSync(descriptor, this.#content.bytes)
      this.#end()
    })
  }

  async discard(): Promise<void> {
    if (this.#phase === 'over') return
    const hasFile = this.#content.descriptor !== null
    this.#end()
    try {
      if (hasFile) this.#services.staging.remove(this.#ticket.id)
    } catch {
      // Never throws, as promised: the next sweep takes what could not be removed now.
    }
  }

  async #publish({ as = this.#ticket.key, signal }: PublishOptions): Promise<FileEntry> {
    this.#refuseUnlessOpen()
    refuseWhenAborted(signal)
    const ticket = this.#ticket
    const { baseDescriptor, mode } = this.#state
    try {
      const modified = ticket.modified === null ? null : new Date(ticket.modified)
      const place = { key: as, isSameKey: as === ticket.key }
      const upload = { ...ticket, ...place, content: this.#content, modified, baseDescriptor, mode }
      const stats = await publishStaged(upload, this.#services)
      this.#end()
      return this.#services.entries.file(as, stats)
    } catch (error) {
      // A descriptor whose fsync failed is worth nothing any more: what it holds is not published by a second try.
      if (isGatewayError(translate(error), 'unavailable', 'storage-full', 'corrupted')) this.#phase = 'failed'
      throw error
    }
  }

  #refuseUnlessOpen(): void {
    if (this.#phase === 'failed') throw diskError('unavailable')
    if (this.#phase === 'over') throw diskError('not-found')
  }

  #end(): void {
    this.#phase = 'over'
    this.#content.close()
    if (this.#state.baseDescriptor !== null) fs.closeSync(this.#state.baseDescriptor)
    this.#services.staging.active.delete(this.#ticket.id)
  }
}
