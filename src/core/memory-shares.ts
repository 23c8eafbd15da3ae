import { blockBytesUpTo, nextBlockBytes } from './memory-blocks.ts'

/** What one lease holds, and out of which part of the budget. */
export interface Holding {
  readonly leastBytes: number
  readonly mostBytes: number
  readonly isSmall: boolean
  readonly account: OwnerAccount
  /** All of it. Counted up by whoever draws the block that was granted. */
  bytes: number
  generalBytes: number
  laneBytes: number
  /** Set aside for it at once, so that it reaches `leastBytes` without waiting again; and how much is not drawn yet. */
  seatBytes: number
  seatLeftBytes: number
}

interface OwnerAccount {
  readonly owner: string
  readonly waiting: Set<Waiter>
  leases: number
  generalBytes: number
  laneBytes: number
  /** When it last got a seat, in turns. */
  lastSeat: number
}

interface Waiter {
  readonly holding: Holding
  readonly serve: () => void
}

export interface MemoryShares {
  /** The part of the budget that seats are made of. */
  readonly seatsBytes: number
  waiting(): number
  open(request: { readonly owner: string; readonly leastBytes: number; readonly mostBytes: number; readonly lane: 'small' | 'part' }): Holding // prettier-ignore
  /** Charges the holding's next block, if that may be now. */
  tryTake(holding: Holding): boolean
  /** Calls `serve` once, when the next block has been charged. Returns what withdraws the wish. */
  wait(holding: Holding, serve: () => void): () => void
  close(holding: Holding): void
}

/** One upload may hold this much in the lane for small ones; who grows beyond must find room elsewhere. */
const smallBytes = 262_144
/** An owner may hold so many times what is free. So a share is always left for one who holds nothing yet. */
const timesFree = 3

/**
 * Who gets the next block. The budget has three parts. *General* (eleven sixteenths) is for all, in shares: an owner may
 * hold three times what is free, so one alone uses three quarters of it, and two use three sevenths each. The *lane* (one
 * sixteenth) is for uploads that are still small. *Seats* (a quarter) are for those who wait: whoever gets one has all it
 * needs to send a part set aside, so no two wait for each other; owners take seats in turn.
 */
export function memoryShares(budgetBytes: number): MemoryShares {
  const seatsBytes = Math.floor(budgetBytes / 4)
  const laneBytes = Math.floor(budgetBytes / 16)
  const free = { general: budgetBytes - seatsBytes - laneBytes, lane: laneBytes, seats: seatsBytes }
  const accounts = new Map<string, OwnerAccount>()
  let turn = 0

  const isFair = (heldBytes: number, blockBytes: number, freeBytes: number) =>
    heldBytes + blockBytes <= timesFree * (freeBytes - blockBytes)

  function takeGeneral(holding: Holding, blockBytes: number): boolean {
    const { account } = holding
    // What grows out of the lane takes along what it has there.
    const wanted = blockBytes + holding.laneBytes
    if (!isFair(account.generalBytes, wanted, free.general)) return false
    leaveLane(holding)
    free.general -= wanted
    account.generalBytes += wanted
    holding.generalBytes += wanted
    return true
  }

  function takeLane(holding: Holding, blockBytes: number): boolean {
    const { account } = holding
    if (!holding.isSmall || holding.bytes + blockBytes > smallBytes) return false
    if (!isFair(account.laneBytes, blockBytes, free.lane)) return false
    free.lane -= blockBytes
    account.laneBytes += blockBytes
    holding.laneBytes += blockBytes
    return true
  }

  function leaveLane(holding: Holding): void {
    free.lane += holding.laneBytes
    holding.account.laneBytes -= holding.laneBytes
    holding.laneBytes = 0
  }

  function takeSeat(holding: Holding): boolean {
    const growBytes = blockBytesUpTo(holding.leastBytes, holding.bytes, holding.mostBytes)
    const wanted = growBytes + holding.laneBytes
    if (wanted > free.seats) return false
    leaveLane(holding)
    free.seats -= wanted
    holding.seatBytes += wanted
    holding.seatLeftBytes = growBytes
    holding.account.lastSeat = ++turn
    return true
  }

  function take(holding: Holding): boolean {
    const blockBytes = nextBlockBytes(holding.bytes, holding.mostBytes)
    if (holding.seatLeftBytes > 0) {
      holding.seatLeftBytes -= blockBytes
      return true
    }
    return takeGeneral(holding, blockBytes) || takeLane(holding, blockBytes)
  }

  function serve(waiter: Waiter): void {
    waiter.holding.account.waiting.delete(waiter)
    waiter.serve()
  }

  function serveShares(): void {
    const waiting = [...accounts.values()].filter((account) => account.waiting.size > 0)
    for (const account of waiting.toSorted((a, b) => a.generalBytes - b.generalBytes)) serveShare(account)
  }

  /** In turn, but that small ones behind the first who cannot have its block may use their lane. */
  function serveShare(account: OwnerAccount): void {
    let isBlocked = false
    for (const waiter of account.waiting) {
      const { holding } = waiter
      const isServed = isBlocked ? takeLane(holding, nextBlockBytes(holding.bytes, holding.mostBytes)) : take(holding)
      if (isServed) serve(waiter)
      else isBlocked = true
    }
  }

  function serveSeats(): void {
    for (;;) {
      const waiting = [...accounts.values()].filter((account) => account.waiting.size > 0)
      const [next] = waiting.toSorted((a, b) => a.lastSeat - b.lastSeat)
      const [waiter] = next?.waiting ?? []
      // Nobody passes one whose seat is larger than what is free: it would wait for ever.
      if (waiter === undefined || !takeSeat(waiter.holding)) return
      take(waiter.holding)
      serve(waiter)
    }
  }

  function serveWaiting(): void {
    serveShares()
    serveSeats()
  }

  function accountOf(owner: string): OwnerAccount {
    const account = accounts.get(owner) ?? {
      owner,
      waiting: new Set(),
      leases: 0,
      generalBytes: 0,
      laneBytes: 0,
      lastSeat: turn,
    }
    accounts.set(owner, account)
    return account
  }

  return {
    seatsBytes,
    waiting: () => [...accounts.values()].reduce((sum, account) => sum + account.waiting.size, 0),
    open({ owner, leastBytes, mostBytes, lane }) {
      const account = accountOf(owner)
      account.leases++
      const none = { bytes: 0, generalBytes: 0, laneBytes: 0, seatBytes: 0, seatLeftBytes: 0 }
      return { account, leastBytes, mostBytes, isSmall: lane === 'small', ...none }
    },
    tryTake(holding) {
      // In turn among one owner's; others have shares of their own.
      const isNext = holding.seatLeftBytes > 0 || holding.account.waiting.size === 0
      if (isNext) return take(holding)
      return takeLane(holding, nextBlockBytes(holding.bytes, holding.mostBytes))
    },
    wait(holding, onServed) {
      const waiter = { holding, serve: onServed }
      holding.account.waiting.add(waiter)
      serveWaiting()
      return () => {
        holding.account.waiting.delete(waiter)
        serveWaiting()
      }
    },
    close(holding) {
      const { account } = holding
      leaveLane(holding)
      free.general += holding.generalBytes
      account.generalBytes -= holding.generalBytes
      free.seats += holding.seatBytes
      account.leases--
      if (account.leases === 0) accounts.delete(account.owner)
      serveWaiting()
    },
  }
}
