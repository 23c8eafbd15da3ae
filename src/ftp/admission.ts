import type { LimitsOptions } from './limits-options.ts'

/** A place among the clients that are connected. Whoever got it gives it back; once more does no harm. */
export interface Slot {
  /** The client has logged in: it is no stranger any more. */
  authenticated(): void
  leave(): void
  /** Set by whoever serves the client: called when strangers are too many and this one has waited longest; it has left then. */
  onDrop: (() => void) | null
}

/** Counts the connected clients of all listeners and workers, before anything is spent on them. */
export interface Admission {
  /** @returns why there is no place, where there is none. */
  admit(address: string): Slot | 'full' | 'address-full'
  readonly sessions: number
}

type Limits = Pick<LimitsOptions, 'sessions' | 'sessionsPerAddress' | 'unauthenticatedSessions'>

/** `limits` is asked each time: it changes on reload. */
export function admission(limits: () => Limits): Admission {
  const perAddress = new Map<string, number>()
  /** In the order they came. */
  const strangers = new Set<Slot>()
  let sessions = 0

  const slotFor = (address: string): Slot => {
    let hasLeft = false
    const slot: Slot = {
      onDrop: null,
      authenticated: () => void strangers.delete(slot),
      leave() {
        if (hasLeft) return
        hasLeft = true
        sessions--
        strangers.delete(slot)
        const left = (perAddress.get(address) ?? 1) - 1
        if (left === 0) perAddress.delete(address)
        else perAddress.set(address, left)
      },
    }
    return slot
  }

  return {
    get sessions() {
      return sessions
    },
    admit(address) {
      const { sessions: most, sessionsPerAddress, unauthenticatedSessions } = limits()
      const fromAddress = perAddress.get(address) ?? 0
      if (fromAddress >= sessionsPerAddress) return 'address-full'
      if (sessions >= most) return 'full'
      sessions++
      perAddress.set(address, fromAddress + 1)
      const slot = slotFor(address)
      strangers.add(slot)
      if (strangers.size > unauthenticatedSessions) dropOldest(strangers)
      return slot
    },
  }
}

function dropOldest(strangers: Set<Slot>): void {
  const [oldest] = strangers
  if (oldest === undefined) return
  // At once, and not when its socket closes: strangers that ignore the goodbye must not fill the server.
  oldest.leave()
  oldest.onDrop?.()
}
