import { isWithin, rootKey, type VirtualPath } from '../core/paths.ts'
import { walk } from '../storage/walk.ts'
import type { Mount } from './mounts.ts'

/** Bytes in all files below the mounts that can be written, each counted once, however many mounts show it. */
export async function measureUsage(mounts: readonly Mount[]): Promise<number> {
  let bytes = 0
  for (const mount of distinct(mounts.filter(({ isReadOnly }) => !isReadOnly))) {
    for await (const entry of walk(mount.storage, rootKey)) if (entry.kind === 'file') bytes += entry.bytes
  }
  return bytes
}

function distinct(mounts: readonly Mount[]): readonly Mount[] {
  return mounts.filter((mount, index) =>
    mounts.every(
      (other, otherIndex) => other === mount || !covers(other, mount) || (covers(mount, other) && index < otherIndex),
    ),
  )
}

/** Whether one mount shows all that another does. */
function covers(one: Mount, other: Mount): boolean {
  const at = (mount: Mount) => `/${mount.prefix}` as VirtualPath
  return one.whole === other.whole && isWithin(at(one), at(other))
}
