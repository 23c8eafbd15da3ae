/** Sorted names of folders whose listing is under way, so that its next page need not read the folder again. */
export interface Snapshots {
  /** Returns the number by which it is found. */
  keep(snapshot: Snapshot): number
  /** Null when it has been forgotten: the folder is read again then. */
  find(id: number, folder: string): readonly string[] | null
  drop(id: number): void
}

export interface Snapshot {
  /** Device and inode: a folder put in the place of another has another listing. */
  readonly folder: string
  readonly names: readonly string[]
}

export interface SnapshotLimits {
  /** Of all snapshots together. */
  readonly maxNames: number
  readonly maxMilliseconds: number
  readonly now: () => number
}

/** Forgets the oldest when there are too many names, and all after a while: clients leave listings half read. */
export function listingSnapshots({ maxNames, maxMilliseconds, now }: SnapshotLimits): Snapshots {
  const snapshots = new Map<number, Snapshot & { usedAt: number }>()
  let lastId = 0
  let held = 0
  const drop = (id: number) => {
    held -= snapshots.get(id)?.names.length ?? 0
    snapshots.delete(id)
  }
  return {
    keep(snapshot) {
      for (const [id, { usedAt }] of snapshots) {
        const isTooMuch = held + snapshot.names.length > maxNames
        if (isTooMuch || now() - usedAt > maxMilliseconds) drop(id)
      }
      snapshots.set(++lastId, { ...snapshot, usedAt: now() })
      held += snapshot.names.length
      return lastId
    },
    find(id, folder) {
      const snapshot = snapshots.get(id)
      if (snapshot?.folder !== folder) return null
      snapshot.usedAt = now()
      return snapshot.names
    },
    drop,
  }
}

/** Where the names behind this one begin. */
export function indexAfter(sorted: readonly string[], name: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') <= name) low = middle + 1
    else high = middle
  }
  return low
}
