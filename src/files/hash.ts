import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { checksumHex, type ChecksumKind } from '../core/checksum/kinds.ts'
import { runningChecksum } from '../core/checksum/running.ts'
import { interruptible, type Release, type Semaphore } from '../core/concurrency.ts'
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

/** What storages compute while files come, if they are told to. */
const computedHashes: readonly HashAlgorithm[] = ['SHA-256', 'SHA-512', 'SHA-1', 'MD5']

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
  const known = await knownHash(view, place, request)
  if (known !== null) return { hex: known, start, end }
  const hex = await inTurn(view.hashes.turns, { ...request, ...options }, () => computeHash(place, request, options))
  if (isWhole(request)) await remember(view, place, { ...request, hex })
  return { hex, start, end }
}

/** What was computed is told, also where it cannot be kept. */
async function remember(view: View, place: MountedPlace, known: HashRequest & { readonly hex: string }): Promise<void> {
  try {
    await view.hashes.add(cacheKey(place, known), known.hex)
  } catch (error) {
    view.logger.warn('a hash could not be kept', { path: place.path, error })
  }
}

/** From so many bytes on, reading a file again costs more than a line in the state database. */
const worthKeepingBytes = 8 * 1024 * 1024

/** Keeps what was computed while a long file came: an object that came in parts cannot have it in its metadata. */
export async function noteHashes(view: View, place: MountedPlace, file: FileEntry): Promise<void> {
  if (file.bytes < worthKeepingBytes) return
  for (const algorithm of computedHashes) {
    const hex = file.hashes?.[algorithm]
    if (hex !== undefined) await view.hashes.add(cacheKey(place, { file, algorithm }), hex)
  }
}

async function knownHash(view: View, place: MountedPlace, request: HashRequest): Promise<string | null> {
  if (!isWhole(request)) return null
  return request.file.hashes?.[request.algorithm] ?? (await view.hashes.find(cacheKey(place, request)))
}

/** Long files wait for each other: reading takes from the uploads what it needs of the processor and the line. */
async function inTurn<T>(
  turns: Semaphore,
  { start, end, signal }: HashRequest & TreeOptions,
  task: () => Promise<T>,
): Promise<T> {
  if (end - start <= turnBytes) return await task()
  const turn = turns.acquire()
  const release = signal === undefined ? await turn : await unlessAborted(turn, signal)
  try {
    return await task()
  } finally {
    release()
  }
}

async function unlessAborted(turn: Promise<Release>, signal: AbortSignal): Promise<Release> {
  const waiting = interruptible(signal)
  try {
    return await waiting.wait(turn)
  } catch (error) {
    turn.then(
      (release) => release(),
      () => {},
    )
    throw error
  } finally {
    waiting.close()
  }
}

async function computeHash(place: MountedPlace, request: HashRequest, { signal }: TreeOptions): Promise<string> {
  const { file, start, end, algorithm } = request
  const hash = hasher(algorithm)
  if (start === end) return hash.hex()
  const options = { start, end, ifVersion: file.version, signal }
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

const checksums: Partial<Record<HashAlgorithm, ChecksumKind>> = {
  CRC32: 'crc32',
  CRC64NVME: 'crc64nvme',
  CRC64ECMA: 'crc64xz',
}

function hasher(algorithm: HashAlgorithm): Hasher {
  const kind = checksums[algorithm]
  if (kind !== undefined) return checksumHasher(kind)
  const hash = createHash(algorithm.replace('-', '').toLowerCase())
  return {
    update(chunk) {
      hash.update(chunk)
    },
    hex: () => hash.digest('hex'),
  }
}

function checksumHasher(kind: ChecksumKind): Hasher {
  const running = runningChecksum(kind)
  return {
    update: (chunk) => running.update(chunk),
    hex: () => checksumHex(kind, running.value()),
  }
}

function isWhole({ file, start, end }: HashRequest): boolean {
  return start === 0 && end === file.bytes
}

function cacheKey({ mount }: MountedPlace, { file, algorithm }: Pick<HashRequest, 'file' | 'algorithm'>): string {
  return JSON.stringify([mount.name, file.unique, file.version, algorithm])
}
