import { createHash } from 'node:crypto'
import { runningChecksum } from '../../core/checksum/running.ts'
import { isGatewayError } from '../../core/errors.ts'
import type { MemoryBudget } from '../../core/memory-budget.ts'
import { abortedError } from '../abortable.ts'
import { lostUpload, requireEqual } from './proof.ts'
import type { Body, ObjectStore, PartAddress, SendOptions, StoredPart, StoreRules } from './object-store.ts'

/** A part that is being filled. */
export interface Filling {
  bytes(): number
  /** All of it, while it is in memory alone; else null. */
  memory(): PartBuffer | null
  /** Takes in a beginning of the chunk, at least a byte, and tells its length; 0: it is time to send. */
  write(chunk: Uint8Array, signal?: AbortSignal): Promise<number>
  /** Stores it as this part, and proves it. */
  send(address: PartAddress, signal: AbortSignal): Promise<StoredPart>
  /** Lets go of everything it holds. Called once, when nothing of it is in use any more. */
  release(): Promise<void>
}

/** A part in memory, with what proves it. */
export interface PartBuffer extends Filling {
  body(): Body
  facts(): Pick<SendOptions, 'bytes' | 'checksum' | 'md5'>
}

export interface PartBufferOptions {
  readonly rules: StoreRules
  readonly store: ObjectStore
  readonly budget: MemoryBudget
  readonly owner: string
  readonly lane: 'small' | 'part'
  /** The planned length. */
  readonly partBytes: number
  /** The length from which it may be sent when there is no memory for more. */
  readonly leastBytes: number
}

/** How often a part is sent whose bytes arrived changed. */
const mostAttempts = 3

/** Copies lent chunks into leased blocks, and sums them up while they are in the processor's cache. */
export function partBuffer({
  rules,
  store,
  budget,
  owner,
  lane,
  partBytes,
  leastBytes,
}: PartBufferOptions): PartBuffer {
  const lease = budget.lease({ owner, lane, leastBytes, mostBytes: partBytes })
  const checksum = rules.checksum === null ? null : runningChecksum(rules.checksum)
  const md5 = rules.wantsMd5 ? createHash('md5') : null
  const blocks: Buffer[] = []
  let bytes = 0
  let room: Uint8Array = new Uint8Array()

  function use(block: Buffer): void {
    blocks.push(block)
    room = block
  }

  /** As much as there is memory for now. */
  function fill(chunk: Uint8Array): number {
    const wanted = chunk.length <= partBytes - bytes ? chunk : chunk.subarray(0, partBytes - bytes)
    let taken = 0
    while (taken < wanted.length) {
      const block = room.length > 0 ? null : lease.tryGrow()
      if (block !== null) use(block)
      if (room.length === 0) break
      const piece = wanted.subarray(taken, taken + room.length)
      room.set(piece)
      room = room.subarray(piece.length)
      taken += piece.length
    }
    const summed = taken === wanted.length ? wanted : wanted.subarray(0, taken)
    checksum?.update(summed)
    md5?.update(summed)
    bytes += taken
    return taken
  }

  function body(): Body {
    const last = blocks.at(-1)
    return last === undefined ? [] : [...blocks.slice(0, -1), last.subarray(0, last.length - room.length)]
  }

  const facts = () => ({ bytes, checksum: checksum?.value() ?? null, md5: md5?.copy().digest() ?? null })

  async function write(chunk: Uint8Array, signal?: AbortSignal): Promise<number> {
    const taken = fill(chunk)
    if (taken > 0 || bytes >= partBytes) return taken
    const block = await lease.grow(signal).catch((error: unknown) => {
      throw signal?.aborted ? abortedError(signal) : error
    })
    if (block === null) return 0
    use(block)
    return fill(chunk)
  }

  const buffer: PartBuffer = {
    bytes: () => bytes,
    memory: () => buffer,
    body,
    facts,
    write,
    send: (address, signal) => sendProved(store, address, { body: body(), ...facts(), signal }),
    async release() {
      lease.release()
    },
  }
  return buffer
}

/** What proves an empty content. */
export function factsOfNothing(rules: StoreRules): ReturnType<PartBuffer['facts']> {
  const md5 = rules.wantsMd5 ? createHash('md5').digest() : null
  return { bytes: 0, checksum: rules.checksum === null ? null : 0n, md5 }
}

async function sendProved(
  store: ObjectStore,
  address: PartAddress,
  { body, ...options }: SendOptions & { readonly body: Body },
): Promise<StoredPart> {
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await store.putPart(address, body, options)
      requireEqual(stored.checksum, options.checksum)
      return { ...stored, number: address.number, bytes: options.bytes, checksum: options.checksum ?? stored.checksum }
    } catch (error) {
      if (isGatewayError(error, 'not-found')) throw lostUpload(error)
      if (attempt === mostAttempts || !isGatewayError(error, 'corrupted')) throw error
    }
  }
}
