import fs from 'node:fs'
import type { Confined, HeldFolder } from '../confine/place.ts'
import { systemCode } from '../errors.ts'
import { ownFolder } from '../confine/segments.ts'

/** The folder for staged files of one gateway. It lies below the root, so that publishing is a rename within one disk. */
export interface Staging {
  /** For any call, while the storage is open. Made when it is asked for. */
  path(name?: string): string
  /** A new file, for reading and writing. @throws system errors. */
  create(name: string): number
  /** Null when it is gone. @throws system errors. */
  open(name: string): number | null
  remove(name: string): void
  /** Names that a running call of this process works on: not for sweeping. */
  readonly active: Set<string>
  close(): void
}

export const stagingFolder = [ownFolder, 'staged'] as const

/** Tells which process it is that writes it. */
export function stagedName(process: number, id: string): string {
  return `${process}-${id}`
}

/** Whether the process of this number writes the staged file of this name. */
export function isStagedBy(process: number, name: string): boolean {
  return name.startsWith(`${process}-`)
}

export function diskStaging(confined: Confined, instance: string): Staging {
  let folder: HeldFolder | null = null
  const pathOf = (name?: string) => {
    folder ??= confined.own([...stagingFolder, instance])
    return name === undefined ? folder.path : `${folder.path}/${name}`
  }
  const forgetFolder = () => {
    folder?.close()
    folder = null
  }
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants
  const createOnce = (name: string) => fs.openSync(pathOf(name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644)
  return {
    path: pathOf,
    create(name) {
      try {
        return createOnce(name)
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error
      }
      // Somebody tidied up our folder while we ran.
      forgetFolder()
      return createOnce(name)
    },
    open(name) {
      try {
        return fs.openSync(pathOf(name), O_RDWR | O_NOFOLLOW)
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return null
        throw error
      }
    },
    remove: (name) => fs.rmSync(pathOf(name), { force: true }),
    active: new Set(),
    close: forgetFolder,
  }
}
