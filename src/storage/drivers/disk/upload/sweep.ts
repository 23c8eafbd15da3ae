import fs from 'node:fs'
import type { Clock } from '../../../../core/clock.ts'
import type { Logger } from '../../../../core/logger.ts'
import type { StageTicket, SweepOptions } from '../../../contract.ts'
import type { Confined } from '../confine/place.ts'
import type { Staging } from './staging.ts'
import { isStagedBy, stagingFolder } from './staging.ts'
import { parseTicket } from './ticket.ts'
import { isUndoName, isUndoOf, undo } from './undo.ts'

/** What another gateway left is ours to remove when it has not been touched for so long. */
const foreignMilliseconds = 7 * 24 * 3_600_000

export interface SweepServices {
  readonly confined: Confined
  readonly staging: Staging
  readonly instance: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * `Storage.sweep`: removes what a dead process of this gateway left staged, but for the tickets to keep, and cuts files back
 * that it was appending to; the same for other gateways on this disk that seem gone for good. Returns how many were removed.
 */
export function diskSweep(services: SweepServices) {
  const { staging, confined, instance, clock } = services
  return async (
    keep: readonly StageTicket[],
    { othersWork = false, isDryRun = false, goneProcess }: SweepOptions = {},
  ): Promise<number> => {
    // Which staged files are being written is known of this process alone.
    if (isDryRun || (othersWork && goneProcess === undefined)) return 0
    const kept = new Set(keep.map((ticket) => parseTicket(ticket)?.id))
    const isLeft = (name: string) => !kept.has(name) && !staging.active.has(name)
    if (goneProcess !== undefined)
      return clear(staging.path(), (name) => isLeft(name) && isOf(goneProcess, name, staging), services)
    const own = clear(staging.path(), isLeft, services)
    const before = clock.now().getTime() - foreignMilliseconds
    const all = confined.own(stagingFolder)
    try {
      const others = fs.readdirSync(all.path).filter((name) => name !== instance)
      return own + others.reduce((count, name) => count + clearForeign(name, before, services), 0)
    } finally {
      all.close()
    }
  }
}

function isOf(process: number, name: string, staging: Staging): boolean {
  if (!isUndoName(name)) return isStagedBy(process, name)
  return isUndoOf(process, fs.readFileSync(staging.path(name), 'utf8'))
}

function clearForeign(instance: string, before: number, services: SweepServices): number {
  const folder = services.confined.own([...stagingFolder, instance])
  try {
    const isOld = (name: string) => fs.lstatSync(`${folder.path}/${name}`).mtimeMs < before
    return clear(folder.path, isOld, services)
  } finally {
    folder.close()
  }
}

function clear(folder: string, isLeft: (name: string) => boolean, { confined, logger }: SweepServices): number {
  let count = 0
  for (const name of fs.readdirSync(folder)) {
    const path = `${folder}/${name}`
    try {
      if (!isLeft(name)) continue
      if (isUndoName(name)) undo(fs.readFileSync(path, 'utf8'), confined)
      fs.rmSync(path, { recursive: true, force: true })
      count++
    } catch (error) {
      // One that cannot be removed must not keep the others: it is tried again at the next start.
      logger.warn('A staged file could not be removed.', { error })
    }
  }
  return count
}
