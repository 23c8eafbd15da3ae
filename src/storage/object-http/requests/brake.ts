/** Chance and waiting, so that tests turn them. */
export interface Pause {
  /** 0 up to 1. */
  readonly random: () => number
  /** @throws GatewayError 'aborted'. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  /** Milliseconds that never jump. */
  readonly now: () => number
}

/**
 * One brake for all requests to a store. Free until the store says that it is too much; then the rate falls to a part of
 * what was just usual, and grows again while answers are good, until it is free.
 */
export interface Brake {
  /** Milliseconds until the next request may leave; its turn is taken. */
  turn(): number
  /** The store said "slow down". */
  slowDown(): void
  succeeded(): void
  /** Requests per second now; null: free. */
  rate(): number | null
}

const windowMilliseconds = 1_000
const leastRate = 1
const fall = 0.5
/** Many requests on their way hear of the same trouble: they count once. */
const fallEveryMilliseconds = 500
/** A fifth of the usual rate each second: free again about ten seconds after the trouble. */
const growthPerSecond = 0.2

export function brake(now: () => number): Brake {
  const usual = usualRate(now)
  let rate: number | null = null
  let before = 0
  let nextAt = 0
  let fellAt = -Infinity
  let grewAt = 0

  function slowDown(): void {
    const at = now()
    if (at - fellAt < fallEveryMilliseconds) return
    if (rate === null) {
      before = Math.max(usual.perSecond(), leastRate)
      nextAt = at
    }
    rate = Math.max(leastRate, (rate ?? before) * fall)
    fellAt = at
    grewAt = at
  }

  function succeeded(): void {
    if (rate === null) return
    const at = now()
    rate += (before * growthPerSecond * (at - grewAt)) / 1000
    grewAt = at
    if (rate > before * 2) rate = null
  }

  function turn(): number {
    const at = now()
    usual.count()
    if (rate === null) return 0
    const turnAt = Math.max(at, nextAt)
    nextAt = turnAt + 1000 / rate
    return turnAt - at
  }

  return {
    turn,
    slowDown,
    succeeded,
    rate: () => rate,
  }
}

/** Requests per second over the last full window, or the running one when that is more. */
function usualRate(now: () => number): { count(): void; perSecond(): number } {
  let startedAt = now()
  let counted = 0
  let last = 0

  function roll(): void {
    const passed = now() - startedAt
    if (passed < windowMilliseconds) return
    last = passed < 2 * windowMilliseconds ? (counted * 1000) / passed : 0
    counted = 0
    startedAt = now()
  }

  return {
    count() {
      roll()
      counted++
    },
    perSecond() {
      roll()
      return Math.max(last, (counted * 1000) / windowMilliseconds)
    },
  }
}
