import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolders } from '../core/folders.ts'
import type { Logger } from '../core/logger.ts'
import type { StateOptions } from './options.ts'

/** A file that an upload was to replace and did not. */
export interface UnreplacedFile {
  readonly account: string
  readonly storage: string
  readonly key: string
  /** Of the file that is still there. */
  readonly version: string
}

/** What an upload of a whole file is to replace. The version is known only of one that broke off. */
export type FileUnderWay = Omit<UnreplacedFile, 'version'> & { readonly version?: string }

/** One upload of a whole file that runs. */
export interface RunningUpload {
  /** It is over, and nobody needs to be warned of what it, or an earlier one to this file, has left. */
  end(): void
  /** It broke off, and that could not be written down elsewhere. Null where not even the version that stands there is known. */
  brokeOver(version: string | null): void
}

/** The uploads of whole files that run in this process, written down so that its death does not make them forgotten. */
export interface RunningUploads {
  begin(file: FileUnderWay): RunningUpload
  /** Whether one runs to this file, in any process of the gateway, or ran in one that was killed. */
  has(file: UnreplacedFile): boolean
  /** Leaves what is not over for the next start, which may find the store and the database answering. */
  close(): void
}

/** One page of memory each: the kernel writes it whole or not at all, also when the process is killed meanwhile. */
const slotBytes = 4096
/** Slots that are read at once. */
const slotsAtOnce = 256
const separator = '.'

const line = z.strictObject({
  account: z.string(),
  storage: z.string(),
  key: z.string(),
  version: z.string().optional(),
})

/** Where processes write it down, in the folder of their gateway. */
export const runningFolder = ({ directory }: Pick<StateOptions, 'directory'>) => join(directory, 'running')

/** For one process, as long as it lives. */
export function runningHere(write: (slot: number, file: FileUnderWay | null) => void = () => {}) {
  const slots: (FileUnderWay | null)[] = []
  const free: number[] = []
  /** One for each file at most: a client that tries again all day while nothing can be written down must not fill a slot each time. */
  const broken = new Map<string, number>()

  function fill(slot: number, file: FileUnderWay | null): void {
    slots[slot] = file
    write(slot, file)
    if (file === null) free.push(slot)
  }

  function forgetBroken(file: FileUnderWay): void {
    if (broken.size === 0) return
    const slot = broken.get(nameOf(file))
    if (slot === undefined) return
    broken.delete(nameOf(file))
    fill(slot, null)
  }

  return {
    begin({ account, storage, key }: FileUnderWay): RunningUpload {
      const file = { account, storage, key }
      const slot = free.pop() ?? slots.length
      let isOver = false
      fill(slot, file)
      return {
        end() {
          if (isOver) return
          isOver = true
          fill(slot, null)
          forgetBroken(file)
        },
        brokeOver(version) {
          if (isOver) return
          isOver = true
          if (version !== null) fill(slot, { ...file, version })
          forgetBroken(file)
          broken.set(nameOf(file), slot)
        },
      }
    },
    has: (file: UnreplacedFile): boolean => slots.some((running) => running !== null && isOf(running, file)),
    isIdle: (): boolean => slots.every((running) => running === null),
  }
}

/**
 * Two short writes for each upload, without a sync: what a process has written outlives it, though not a power cut. `owner` names
 * the process in the folder, which belongs to one gateway.
 */
export function runningUploads(folder: string, { owner, logger }: RunningOptions): RunningUploads {
  makeFolders(fs, folder, { mode: 0o700 })
  const name = `${owner}${separator}${randomUUID()}`
  const path = join(folder, name)
  const descriptor = fs.openSync(path, 'w', 0o600)
  let isWarned = false
  let isClosed = false

  function write(slot: number, file: FileUnderWay | null): void {
    const bytes = Buffer.from(file === null ? '\n' : `${JSON.stringify(file)}\n`)
    // One that is longer than any path in use: this process knows it all the same.
    if (bytes.length > slotBytes) return
    // What ends after that must not write into the file that has the descriptor's number by then.
    if (isClosed) return
    try {
      fs.writeSync(descriptor, bytes, 0, bytes.length, slot * slotBytes)
      isWarned = false
    } catch (error) {
      if (!isWarned) logger.warn('uploads that run cannot be noted', { error })
      isWarned = true
    }
  }

  const here = runningHere(write)
  return {
    begin: here.begin,
    has(file) {
      if (here.has(file)) return true
      for (const other of namesIn(folder)) {
        if (other === name) continue
        for (const running of uploadsIn(join(folder, other))) if (isOf(running, file)) return true
      }
      return false
    },
    close() {
      isClosed = true
      fs.closeSync(descriptor)
      if (here.isIdle()) fs.rmSync(path, { force: true })
    },
  }
}

export interface RunningOptions {
  readonly owner: string
  readonly logger: Logger
}

/** What a dead process has left. */
export interface LeftUploads {
  readonly files: readonly FileUnderWay[]
  /** They are settled. */
  forget(): void
}

/** What processes have left whose owner has this name, or any. Those must be dead. */
export function leftUploads(folder: string, owner: string | null): readonly LeftUploads[] {
  return namesIn(folder)
    .filter((name) => owner === null || name.startsWith(`${owner}${separator}`))
    .map((name) => ({
      files: [...uploadsIn(join(folder, name))],
      forget: () => fs.rmSync(join(folder, name), { force: true }),
    }))
}

function isOf(running: FileUnderWay, { account, storage, key, version }: UnreplacedFile): boolean {
  if (running.key !== key || running.account !== account || running.storage !== storage) return false
  return running.version === undefined || running.version === version
}

function nameOf({ account, storage, key }: FileUnderWay): string {
  return JSON.stringify([account, storage, key])
}

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    // A folder that cannot be read tells of nothing; no upload may fail for that.
    return []
  }
}

/** What one process has written down, read as it is asked for. */
function* uploadsIn(path: string): Generator<FileUnderWay, void> {
  let descriptor
  try {
    descriptor = fs.openSync(path, 'r')
  } catch {
    // Its process has ended well since the folder was read.
    return
  }
  try {
    // Whole slots: the file may grow meanwhile.
    const slots = Math.ceil(fs.fstatSync(descriptor).size / slotBytes)
    const buffer = Buffer.alloc(Math.min(slotsAtOnce, slots) * slotBytes)
    for (let at = 0; ; at += buffer.length) {
      const bytes = fs.readSync(descriptor, buffer, 0, buffer.length, at)
      if (bytes === 0) return
      for (let slot = 0; slot < bytes; slot += slotBytes) {
        const file = parsed(buffer.subarray(slot, Math.min(bytes, slot + slotBytes)))
        if (file !== null) yield file
      }
    }
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Null for a slot that is free, or that nobody of ours has written. */
function parsed(slot: Buffer): FileUnderWay | null {
  if (slot[0] !== 0x7b) return null
  try {
    const { version, ...file } = line.parse(JSON.parse(slot.toString('utf8', 0, slot.indexOf('\n'))))
    return version === undefined ? file : { ...file, version }
  } catch {
    return null
  }
}
