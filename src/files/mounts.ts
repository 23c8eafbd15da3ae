import { createHash } from 'node:crypto'
import type { MountOptions } from '../accounts/account.ts'
import { GatewayError } from '../core/errors.ts'
import { isWithin, joinKeys, keyWithin, parseKey, type ObjectKey, type VirtualPath } from '../core/paths.ts'
import type { Storage } from '../storage/contract.ts'
import { prefixed } from '../storage/prefixed.ts'

/** A storage at a place in an account's tree. */
export interface Mount {
  readonly path: VirtualPath
  /** The storage's name in the configuration. */
  readonly name: string
  /** Seen from the mount's prefix. */
  readonly storage: Storage
  /** The same one seen whole, for what happens between two mounts of it. */
  readonly whole: Storage
  readonly prefix: ObjectKey
  readonly isReadOnly: boolean
  /** Keeps the `unique` facts of two storages apart. */
  readonly tag: string
}

/** Where a path leads. */
export interface Place {
  readonly path: VirtualPath
  /** Null outside of all mounts. */
  readonly mount: Mount | null
  /** Inside the mount. */
  readonly key: ObjectKey
  /** The root, a mount, or a folder above one: it always exists, and cannot be removed, renamed or replaced. */
  readonly isFixed: boolean
}

/** A place inside a mount. */
export interface MountedPlace extends Place {
  readonly mount: Mount
}

export interface MountTable {
  readonly mounts: readonly Mount[]
  /** The longest mount wins. */
  locate(path: VirtualPath): Place
  /** Names that mounts put into a folder, each a folder of its own, in no order. */
  namesBelow(folder: VirtualPath): readonly string[]
}

/** One tree out of several mounts. @throws GatewayError 'internal' for a storage that is not there, 'invalid-path' for a prefix. */
export function mountTable(options: readonly MountOptions[], storages: ReadonlyMap<string, Storage>): MountTable {
  const mounts = options.map((option) => openMount(option, storages)).sort((a, b) => b.path.length - a.path.length)
  return {
    mounts,
    locate(path) {
      const mount = mounts.find((candidate) => isWithin(candidate.path, path)) ?? null
      const key = keyWithin(mount?.path ?? ('/' as VirtualPath), path)
      const isFixed = path === '/' || mounts.some((candidate) => isWithin(path, candidate.path))
      return { path, mount, key, isFixed }
    },
    namesBelow(folder) {
      const below = mounts.filter(({ path }) => path !== folder && isWithin(folder, path))
      return [...new Set(below.map(({ path }) => keyWithin(folder, path).split('/')[0] ?? ''))]
    },
  }
}

/** Whether both places are one file or folder of one storage, perhaps by way of two mounts. */
export function isSamePlace(one: MountedPlace, other: MountedPlace): boolean {
  return one.mount.whole === other.mount.whole && wholeKey(one) === wholeKey(other)
}

/** The key in the whole storage. */
export function wholeKey({ mount, key }: MountedPlace): ObjectKey {
  return joinKeys(mount.prefix, key)
}

function openMount(options: MountOptions, storages: ReadonlyMap<string, Storage>): Mount {
  const whole = storages.get(options.storage)
  if (whole === undefined) {
    throw new GatewayError('internal', 'A part of this tree is not available.', {
      cause: new GatewayError('not-found', `There is no storage named ${options.storage}.`),
    })
  }
  const prefix = parseKey(options.prefix)
  return {
    path: options.path,
    name: options.storage,
    storage: prefix === '' ? whole : prefixed(whole, prefix),
    whole,
    prefix,
    isReadOnly: options.readOnly,
    tag: createHash('sha256').update(options.storage).digest('hex').slice(0, 8),
  }
}
