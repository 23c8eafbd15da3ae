import type { UploadEngine, UploadSpec } from './engine.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { Filling } from './part-buffer.ts'
import { requireEqual } from './proof.ts'
import type { PartStream } from './part-stream-contract.ts'
import type { ObjectStore } from './object-store.ts'

export interface LongPartOptions {
  readonly engine: UploadEngine
  readonly spec: UploadSpec
  readonly number: number
  readonly partBytes: number
  /** Opens the stream of the object that it becomes for a while. */
  readonly open: (engine: UploadEngine, spec: UploadSpec) => PartStream
}

/**
 * A part that no memory would hold: its bytes become a hidden object, in parts of its own, which the store then copies
 * into place. So every byte that is on its way can be sent again, however long the parts are.
 */
export function longPart({ engine, spec, number, partBytes, open }: LongPartOptions): Filling {
  const { store, newToken, hiddenKey } = engine
  const key = hiddenKey(spec.token, number)
  const rest = { owner: spec.owner, bufferBytes: spec.bufferBytes, base: null, modified: null, journal: null }
  const hidden = { ...rest, key, token: newToken(), ifAbsent: false, declaredBytes: partBytes }
  const inner = open({ ...engine, hashNames: [] }, hidden)
  let bytes = 0
  let version: string | null = null

  return {
    bytes: () => bytes,
    async write(chunk, signal) {
      const piece = chunk.subarray(0, partBytes - bytes)
      if (piece.length > 0) await inner.write(piece, signal)
      bytes += piece.length
      return piece.length
    },
    memory: inner.memory,
    async send(address, signal) {
      // So short that no copy is needed; a range of so little might not even be copied.
      const memory = inner.memory()
      if (memory !== null) return memory.send(address, signal)
      const { stored, checksum } = await inner.publish({ signal })
      version = stored.version
      const copied = await store.copyPart(address, { key, ifVersion: version, start: 0, end: bytes }, { signal })
      requireEqual(copied.checksum, checksum)
      return { ...copied, number: address.number, bytes, checksum: checksum ?? copied.checksum }
    },
    async release() {
      await inner.discard()
      if (version !== null) await removeHidden(store, key, version)
    },
  }
}

async function removeHidden(store: ObjectStore, key: ObjectKey, version: string): Promise<void> {
  try {
    await store.remove(key, { ifVersion: version, versionId: null })
  } catch {
    // The part is in its place, or has failed for a reason of its own; what stays behind is swept.
  }
}
