import type { Clock } from '../core/clock.ts'

/** Milliseconds from the last failure to the next guess, by how many failures came before; the last one stays. */
const delays = [0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000] as const

/** Guesses of a clean address that are looked at together: enough for a device that opens many sessions at once. */
const cleanAtOnce = 6

/** How long one guess may take before the next need no longer wait for it; its connection may be gone. */
const settleMilliseconds = 15_000

/** Turns that may wait at one address; beyond, they are refused. */
const mostWaiting = 1000

/** Failures no success forgives: whoever has one account may not use it to guess at others. One is forgotten every 2 s. */
const bucket = { failures: 20, drainMilliseconds: 2000 } as const

interface Streak {
  failures: number
  lastAt: number
}

/**
 * What is remembered of one address. Guesses take turns: while an address is clean a few are looked at together, after a
 * failure one at a time. So 450 connections get no more guesses than one.
 */
export function guardedAddress(clock: Clock, forgiveMilliseconds: number) {
  const streak: Streak = { failures: 0, lastAt: 0 }
  const fill: Streak = { failures: 0, lastAt: 0 }
  let bannedUntil = 0
  /** When each guess under way stops counting. */
  let underWay: number[] = []
  const waiting: ((delay: number | null) => void)[] = []
  let timer: NodeJS.Timeout | null = null

  const isBanned = () => clock.monotonic() < bannedUntil

  function failures(): number {
    if (clock.monotonic() - streak.lastAt >= forgiveMilliseconds) streak.failures = 0
    return streak.failures
  }

  function filled(): number {
    const drained = (clock.monotonic() - fill.lastAt) / bucket.drainMilliseconds
    return Math.max(0, fill.failures - drained)
  }

  function isFree(): boolean {
    const now = clock.monotonic()
    underWay = underWay.filter((until) => until > now)
    return underWay.length < (failures() === 0 ? cleanAtOnce : 1)
  }

  function begin(): number {
    const now = clock.monotonic()
    const growing = streak.lastAt + (delays[Math.min(failures(), delays.length - 1)] ?? 0) - now
    const draining = (filled() - bucket.failures + 1) * bucket.drainMilliseconds
    const delay = Math.ceil(Math.max(0, failures() === 0 ? 0 : growing, draining))
    underWay.push(now + delay + settleMilliseconds)
    return delay
  }

  /** Milliseconds to wait from when it resolves; null: refused. Until it resolves, others of the address have their turn. */
  async function turn(): Promise<number | null> {
    if (isBanned() || waiting.length >= mostWaiting) return null
    if (waiting.length === 0 && isFree()) return begin()
    const { promise, resolve } = Promise.withResolvers<number | null>()
    waiting.push(resolve)
    wakeLater()
    return promise
  }

  function settle(): void {
    underWay.shift()
    serve()
  }

  function serve(): void {
    while (waiting.length > 0 && (isBanned() || isFree())) waiting.shift()?.(isBanned() ? null : begin())
    wakeLater()
  }

  /** A guess that is never settled must not hold up the others for ever. */
  function wakeLater(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const [first] = underWay
    if (waiting.length === 0 || first === undefined) return
    timer = setTimeout(serve, Math.max(1, Math.min(...underWay) - clock.monotonic()))
    timer.unref()
  }

  /** Returns how many failures in a row there are. */
  function failed(): number {
    const now = clock.monotonic()
    fill.failures = filled() + 1
    fill.lastAt = now
    streak.failures = failures() + 1
    streak.lastAt = now
    settle()
    return streak.failures
  }

  function succeeded(): void {
    streak.failures = 0
    settle()
  }

  function ban(milliseconds: number): void {
    bannedUntil = clock.monotonic() + milliseconds
    streak.failures = 0
    serve()
  }

  return {
    turn,
    failed,
    succeeded,
    ban,
    /** The oldest turn is over, and nothing was learnt by it. */
    abandoned: settle,
    isBusy: () => underWay.length > 0 || waiting.length > 0,
    isForgettable: () => !isBanned() && underWay.length === 0 && waiting.length === 0 && filled() === 0,
  }
}
