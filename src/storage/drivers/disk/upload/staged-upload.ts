import fs from 'node:fs'
import { isGatewayError } from '../../../../core/errors.ts'
import { refuseWhenAborted } from '../../../abortable.ts'
import type { FileEntry, PublishOptions, StagedUpload } from '../../../contract.ts'
import type { InPlaceServices } from './append-in-place.ts'
import type { Entries } from '../entries.ts'
import { diskError, translate, translating } from '../errors.ts'
import type { Pace } from '../io/pace.ts'
import { publishStaged } from './publish.ts'
import { stagedContent } from './staged-content.ts'
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
  const { staging, buffers, pace } = services
  let { ticket } = state
  let phase: 'open' | 'failed' | 'over' = 'open'
  const ticketText = () => formatTicket(ticket)
  const content = stagedContent({ ...state, buffers, pace, create: async () => staging.create(ticket.id) })
  staging.active.add(ticket.id)

  return {
    get ticket() {
      return ticketText()
    },
    get durableBytes() {
      return content.bytes
    },
    append: translating(async (body, options = {}) => {
      refuseUnlessOpen()
      refuseWhenAborted(options.signal)
      await content.append(body, options.signal)
    }),
    truncate: translating(async (bytes) => {
      refuseUnlessOpen()
      if (bytes > content.bytes) throw diskError('invalid-restart')
      await content.truncate(bytes)
      if (bytes < ticket.start) ticket = { ...ticket, start: bytes }
    }),
    publish: translating(publish),
    suspend: translating(async () => {
      if (phase === 'over') return
      if (phase === 'failed') return end()
      const descriptor = await content.toFile()
      // Where nothing came yet, the hole in front has to be made: the length tells where to go on.
      if (content.bytes === ticket.start) fs.ftruncateSync(descriptor, content.bytes)
      end()
    }),
    async discard() {
      if (phase === 'over') return
      const hasFile = content.descriptor !== null
      end()
      try {
        if (hasFile) staging.remove(ticket.id)
      } catch {
        // Never throws, as promised: the next sweep takes what could not be removed now.
      }
    },
  }

  async function publish({ as = ticket.key, signal }: PublishOptions = {}): Promise<FileEntry> {
    refuseUnlessOpen()
    refuseWhenAborted(signal)
    const modified = ticket.modified === null ? null : new Date(ticket.modified)
    const { baseDescriptor, mode } = state
    const isSameKey = as === ticket.key
    try {
      const stats = await publishStaged(
        { ...ticket, key: as, content, modified, baseDescriptor, mode, isSameKey },
        services,
      )
      end()
      return services.entries.file(as, stats)
    } catch (error) {
      // A descriptor whose fsync failed is worth nothing any more: what it holds is not published by a second try.
      if (isGatewayError(translate(error), 'unavailable', 'storage-full', 'corrupted')) phase = 'failed'
      throw error
    }
  }

  function refuseUnlessOpen(): void {
    if (phase === 'failed') throw diskError('unavailable')
    if (phase === 'over') throw diskError('not-found')
  }

  function end(): void {
    phase = 'over'
    content.close()
    if (state.baseDescriptor !== null) fs.closeSync(state.baseDescriptor)
    staging.active.delete(ticket.id)
  }
}
