import { GatewayError } from './errors.ts'
import { blockBytesUpTo, blockPool, nextBlockBytes } from './memory-blocks.ts'
import { memoryShares, type Holding, type MemoryShares } from './memory-shares.ts'

/**
 * One bound for all buffers of a process that hold what clients send. Memory is leased block by block as bytes come, and
 * whoever finds none waits; a socket that is not read holds back its client.
 */
export interface MemoryBudget {
  readonly bytes: number
  /** Opens a lease of 0 bytes. @throws GatewayError 'internal' when `leastBytes` could never be granted. */
  lease(request: LeaseRequest): Lease
  statistics(): MemoryStatistics
}

export interface LeaseRequest {
  /** Whose share it counts to: an account's name. */
  readonly owner: string
  /**
   * With so many bytes the holder can go on without more: it sends them and releases. That every lease gets this far, one
   * after another if need be, is what keeps a spent budget from standing still.
   */
  readonly leastBytes: number
  /** Where the lease ends: the length of a part. */
  readonly mostBytes: number
  /** 'small': the beginning of an upload, which may be all of it. It may use the lane kept free for such. */
  readonly lane: 'small' | 'part'
}

/** The memory of one buffer. Whoever opened it releases it. */
export interface Lease {
  bytes(): number
  /** The next block, if there is memory now. */
  tryGrow(): Buffer | null
  /**
   * The next block, waiting for it in turn; null when there is none and the lease holds `leastBytes`: then sending them is
   * what frees memory, and waiting might not. @throws the signal's reason; GatewayError 'aborted' when released meanwhile.
   */
  grow(signal?: AbortSignal): Promise<Buffer | null>
  /** Gives all blocks back: nobody may use them any more. Later calls do nothing. */
  release(): void
}

export interface MemoryStatistics {
  readonly bytes: number
  /** Of blocks in use. */
  readonly leasedBytes: number
  /** Of blocks in use, and of those kept to be used again. */
  readonly heldBytes: number
  /** The most that was ever in use at once. */
  readonly peakBytes: number
  readonly waiting: number
  /** How often a lease had to wait. */
  readonly waits: number
}

/** A budget of so many bytes; from about four times the largest `leastBytes`. */
export function memoryBudget(options: { readonly bytes: number }): MemoryBudget {
  const shares = memoryShares(options.bytes)
  const pool = blockPool(options.bytes)
  let leasedBytes = 0
  let peakBytes = 0
  let waits = 0

  function draw(holding: Holding): Buffer {
    const blockBytes = nextBlockBytes(holding.bytes, holding.mostBytes)
    holding.bytes += blockBytes
    leasedBytes += blockBytes
    peakBytes = Math.max(peakBytes, leasedBytes)
    return pool.take(blockBytes)
  }

  function giveBack(holding: Holding, blocks: readonly Buffer[]): void {
    leasedBytes -= holding.bytes
    for (const block of blocks) pool.give(block)
    shares.close(holding)
  }

  return {
    bytes: options.bytes,
    lease(request) {
      refuseImpossible(request, shares)
      return lease(shares, shares.open(request), { draw, giveBack, countWait: () => void waits++ })
    },
    statistics: () => {
      const heldBytes = pool.bytes()
      return { bytes: options.bytes, leasedBytes, heldBytes, peakBytes, waiting: shares.waiting(), waits }
    },
  }
}

interface LeaseHooks {
  readonly draw: (holding: Holding) => Buffer
  readonly giveBack: (holding: Holding, blocks: readonly Buffer[]) => void
  readonly countWait: () => void
}

function lease(shares: MemoryShares, holding: Holding, { draw, giveBack, countWait }: LeaseHooks): Lease {
  const blocks: Buffer[] = []
  let isReleased = false
  let giveUp: ((reason: unknown) => void) | null = null

  const isFull = () => holding.bytes >= holding.mostBytes

  function drawn(): Buffer {
    const block = draw(holding)
    blocks.push(block)
    return block
  }

  function waitForTurn(signal: AbortSignal | undefined): Promise<Buffer> {
    countWait()
    return new Promise((resolve, reject) => {
      let withdraw = () => {}
      const onAbort = () => giveUp?.(signal?.reason)
      const done = () => {
        giveUp = null
        signal?.removeEventListener('abort', onAbort)
      }
      giveUp = (reason) => {
        done()
        withdraw()
        reject(reason instanceof Error ? reason : aborted(reason))
      }
      signal?.addEventListener('abort', onAbort)
      withdraw = shares.wait(holding, () => {
        done()
        resolve(drawn())
      })
    })
  }

  return {
    bytes: () => holding.bytes,
    tryGrow() {
      return !isReleased && !isFull() && shares.tryTake(holding) ? drawn() : null
    },
    async grow(signal) {
      if (signal?.aborted) throw signal.reason
      if (isReleased) throw aborted(null)
      if (isFull()) return null
      if (shares.tryTake(holding)) return drawn()
      return holding.bytes >= holding.leastBytes ? null : waitForTurn(signal)
    },
    release() {
      if (isReleased) return
      isReleased = true
      giveUp?.(null)
      giveBack(holding, blocks.splice(0))
    },
  }
}

function refuseImpossible({ leastBytes, mostBytes }: LeaseRequest, shares: MemoryShares): void {
  if (blockBytesUpTo(leastBytes, 0, mostBytes) <= shares.seatsBytes) return
  throw new GatewayError('internal', 'The memory budget is too small for the parts of this storage.')
}

function aborted(cause: unknown): GatewayError {
  return new GatewayError('aborted', 'The upload was given up.', { cause })
}
