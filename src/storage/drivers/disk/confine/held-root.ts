import fs from 'node:fs'
import { folderFlags } from './descriptor-walk.ts'
import { diskError, isMissing, systemCode } from '../errors.ts'

/** The root's descriptor, which outlives the folder: another one may be put in its place, as a disk that is mounted again. */
export interface HeldRoot {
  /** Calls `work`; once more where the folder has been removed meanwhile and there is one again. @throws 'unavailable' where none is. */
  using<T>(work: (descriptor: number) => T): T
  /** Whether what we hold has been removed. Asked only where something is missing: that of an empty folder nothing else tells. */
  isGone(): boolean
  close(): void
}

/** No descriptor has this number. */
const closed = -1

/** @throws system errors when it cannot be opened. */
export function holdRoot(root: string): HeldRoot {
  const open = () => fs.openSync(fs.realpathSync(root), folderFlags)
  let descriptor = open()

  function isGone(): boolean {
    try {
      const held = fs.fstatSync(descriptor)
      if (held.nlink > 0) return false
      // Some file systems count no links at all.
      const there = fs.statSync(root, { throwIfNoEntry: false })
      return there?.ino !== held.ino || there.dev !== held.dev
    } catch (error) {
      return isStale(error)
    }
  }

  function renew(): void {
    try {
      const next = open()
      fs.closeSync(descriptor)
      descriptor = next
    } catch (error) {
      throw diskError('unavailable', error)
    }
  }

  return {
    using(work) {
      // Else whoever comes late would reach the folder that has the descriptor's number by then.
      if (descriptor === closed) throw diskError('unavailable')
      try {
        return work(descriptor)
      } catch (error) {
        if (!(isMissing(error) || isStale(error)) || !isGone()) throw error
        renew()
        return work(descriptor)
      }
    },
    isGone,
    close() {
      if (descriptor !== closed) fs.closeSync(descriptor)
      descriptor = closed
    },
  }
}

/** A network file system has forgotten what the descriptor stands for. */
function isStale(error: unknown): boolean {
  return systemCode(error) === 'ESTALE'
}
