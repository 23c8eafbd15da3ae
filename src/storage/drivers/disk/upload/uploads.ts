import fs from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { isGatewayError } from '../../../../core/errors.ts'
import type { ObjectKey } from '../../../../core/paths.ts'
import { refuseWhenAborted } from '../../../abortable.ts'
import type { StagedUpload, StageOptions, StageTicket } from '../../../contract.ts'
import { diskError, isMissing } from '../errors.ts'
import { openRegular } from '../io/open-regular.ts'
import { refuseReplacing } from './publish.ts'
import { diskUpload, type UploadServices } from './staged-upload.ts'
import { baseOf, parseTicket, type Ticket } from './ticket.ts'

export interface DiskStageOptions extends StageOptions {
  /** Permission bits, instead of those the replaced file has or a new one would get. */
  readonly mode?: number
}

/** `Storage.stage`. Makes nothing yet: the staged file comes with the first bytes that do not fit into memory. */
export function diskStage(services: UploadServices) {
  return async (key: ObjectKey, options: DiskStageOptions = {}): Promise<StagedUpload> => {
    const { start = 0, ifAbsent = false, modified, mode = null, signal } = options
    refuseWhenAborted(signal)
    const openBase = services.confined.at(key, 'follow', (place) => {
      refuseReplacing(place, ifAbsent)
      if (start > (place.stats?.size ?? 0)) throw diskError('invalid-restart')
      // Said now, before a byte is sent: staged elsewhere, it would come out only at the end.
      fs.accessSync(place.parent, fs.constants.W_OK)
      return start === 0 ? null : openRegular(place)
    })
    const base = openBase && baseOf(openBase.stats)
    const ticket = { id: services.newId(), key, start, base, ifAbsent, modified: modified?.getTime() ?? null }
    const baseDescriptor = openBase?.descriptor ?? null
    return diskUpload({ ticket, descriptor: null, offset: start, baseDescriptor, mode }, services)
  }
}

/** `Storage.restage`. An upload that went on from a file is gone when that file is another now. */
export function diskRestage(services: UploadServices) {
  return async (text: StageTicket): Promise<StagedUpload | null> => {
    const ticket = parseTicket(text)
    if (ticket === null || services.staging.active.has(ticket.id)) return null
    const descriptor = services.staging.open(ticket.id)
    if (descriptor === null) return null
    const baseDescriptor = ticket.start === 0 ? null : reopenBase(ticket, services)
    const offset = fs.fstatSync(descriptor).size
    if (offset >= ticket.start && (ticket.start === 0 || baseDescriptor !== null))
      return diskUpload({ ticket, descriptor, offset, baseDescriptor, mode: null }, services)
    for (const open of [descriptor, baseDescriptor]) if (open !== null) fs.closeSync(open)
    return null
  }
}

function reopenBase({ key, base }: Ticket, { confined }: UploadServices): number | null {
  try {
    const { descriptor, stats } = confined.at(key, 'follow', openRegular)
    if (isDeepStrictEqual(baseOf(stats), base)) return descriptor
    fs.closeSync(descriptor)
    return null
  } catch (error) {
    if (isMissing(error) || isGatewayError(error, 'is-directory')) return null
    throw error
  }
}
