import { byBytes } from './protocol.ts'

export interface HeldObject {
  readonly body: Buffer
  readonly etag: string
  readonly modified: Date
  /** All headers to give back: content type, metadata, class. */
  readonly headers: Readonly<Record<string, string>>
  /** Null: the store does not know it for the whole. */
  readonly crc: bigint | null
}

export interface HeldPart {
  readonly body: Buffer
  readonly etag: string
  readonly crc: bigint
}

export interface HeldUpload {
  readonly id: string
  readonly key: string
  readonly begun: Date
  readonly headers: Readonly<Record<string, string>>
  /** What the whole object was announced to be checked by. */
  readonly algorithm: string | null
  readonly parts: Map<number, HeldPart>
}

/** Keys that exist without a body: for listings of millions. `keyAt` grows with the index in byte order. */
export interface VirtualKeys {
  readonly count: number
  readonly keyAt: (index: number) => string
}

export interface Bucket {
  readonly objects: Map<string, HeldObject>
  readonly uploads: Map<string, HeldUpload>
  /** The first key at or behind the bound, or strictly behind it; null at the end. */
  next(bound: string, how: 'at' | 'behind'): string | null
}

export function bucket(virtual: VirtualKeys | null): Bucket {
  const objects = new SortedMap<HeldObject>()

  function own(): VirtualKeys {
    const keys = objects.inOrder()
    return { count: keys.length, keyAt: (index) => keys[index] ?? '' }
  }

  return {
    objects,
    uploads: new Map(),
    next(bound, how) {
      const found = [own(), ...(virtual === null ? [] : [virtual])].flatMap((keys) => seek(keys, bound, how) ?? [])
      return found.toSorted(byBytes)[0] ?? null
    },
  }
}

/** Knows its keys in byte order; sorts them only when they have changed. */
class SortedMap<Value> extends Map<string, Value> {
  private sorted: readonly string[] | null = null

  override set(key: string, value: Value): this {
    if (!this.has(key)) this.sorted = null
    return super.set(key, value)
  }

  override delete(key: string): boolean {
    this.sorted = null
    return super.delete(key)
  }

  override clear(): void {
    this.sorted = null
    super.clear()
  }

  inOrder(): readonly string[] {
    return (this.sorted ??= [...this.keys()].toSorted(byBytes))
  }
}

/** Where the last search of these keys ended: listings go on from there. */
const lastFound = new WeakMap<VirtualKeys, number>()

function seek(keys: VirtualKeys, bound: string, how: 'at' | 'behind'): string | null {
  const { count, keyAt } = keys
  const last = lastFound.get(keys) ?? 0
  const isNext = how === 'behind' && last < count && keyAt(last) === bound
  const found = isNext ? last + 1 : search(keys, bound, how)
  lastFound.set(keys, found)
  return found < count ? keyAt(found) : null
}

function search({ count, keyAt }: VirtualKeys, bound: string, how: 'at' | 'behind'): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const order = byBytes(keyAt(middle), bound)
    if (order < 0 || (order === 0 && how === 'behind')) low = middle + 1
    else high = middle
  }
  return low
}
