import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { GatewayError } from '../core/errors.ts'
import type { VirtualPath } from '../core/paths.ts'
import { refuseWhenAborted } from '../storage/abortable.ts'
import type { FileEntry } from '../storage/contract.ts'
import type { HashAlgorithm, HashResult, ReadRange, TreeOptions } from './file-tree.ts'
import { findFile } from './look.ts'
import type { MountedPlace } from './mounts.ts'
import { requireAny } from './permissions.ts'
import type { View } from './view.ts'

/** Bytes hashed before other sessions get a turn, also where reading never waits. */
const turnBytes = 4 * 1024 * 1024

interface Hasher {
  update(chunk: Uint8Array): void
  hex(): string
}

interface HashRequest extends Required<ReadRange> {
  readonly file: FileEntry
  readonly algorithm: HashAlgorithm
}

/** @throws GatewayError 'not-found', 'is-directory', 'permission-denied', 'invalid-restart' for a range outside the file. */
export async function hashFile(
  view: View,
  path: VirtualPath,
  { algorithm, ...options }: { readonly algorithm: HashAlgorithm } & ReadRange & TreeOptions,
): Promise<HashResult> {
  requireAny(view.rightsAt(view.table.locate(path)), path, 'read')
  const { place, file } = await findFile(view, path, options)
  const start = options.start ?? 0
  const end = Math.min(options.end ?? file.bytes, file.bytes)
  if (start > end) throw new GatewayError('invalid-restart', `${path}: The range lies outside the file.`)
  const request = { file, algorithm, start, end }
  const hex = knownHash(view, place, request) ?? (await computeHash(place, request, options))
  if (isWhole(request)) view.hashes.add(cacheKey(place, request), hex)
  return { hex, start, end }
}

function knownHash(view: View, place: MountedPlace, request: HashRequest): string | null {
  if (!isWhole(request)) return null
  return request.file.hashes?.[request.algorithm] ?? view.hashes.find(cacheKey(place, request))
}

async function computeHash(place: MountedPlace, request: HashRequest, { signal }: TreeOptions): Promise<string> {
  const { file, start, end, algorithm } = request
  const hash = hasher(algorithm)
  if (start === end) return hash.hex()
  const options = { start, end, ifVersion: file.version, ...(signal && { signal }) }
  const open = await place.mount.storage.read(place.key, options)
  try {
    let bytes = 0
    let turnEnd = turnBytes
    for await (const chunk of open.body) {
      refuseWhenAborted(signal)
      hash.update(chunk)
      bytes += chunk.byteLength
      if (bytes < turnEnd) continue
      turnEnd = bytes + turnBytes
      await setImmediate()
    }
    if (bytes !== end - start) throw new GatewayError('unavailable', `${place.path}: The file could not be read whole.`)
  } finally {
    await open.close()
  }
  return hash.hex()
}

function hasher(algorithm: HashAlgorithm): Hasher {
  if (algorithm === 'CRC32') return crc32Hasher()
  const hash = createHash(algorithm.replace('-', '').toLowerCase())
  return {
    update(chunk) {
      hash.update(chunk)
    },
    hex: () => hash.digest('hex'),
  }
}

function crc32Hasher(): Hasher {
  let value = 0
  return {
    update(chunk) {
      value = crc32(chunk, value)
    },
    hex: () => value.toString(16).padStart(8, '0'),
  }
}

function isWhole({ file, start, end }: HashRequest): boolean {
  return start === 0 && end === file.bytes
}

function cacheKey({ mount }: MountedPlace, { file, algorithm }: HashRequest): string {
  return JSON.stringify([mount.name, file.unique, file.version, algorithm])
}
