import type { LimitsOptions } from './limits-options.ts'

/** A place among the clients that are connected. Whoever got it gives it back; once more does no harm. */
export interface Slot {
  /** The client has logged in: it is no stranger any more. */
  authenticated(): void
  leave(): void
  /** Set by whoever serves the client: called when strangers are too many and this one has to go; it has left then. */
  onDrop: (() => void) | null
}

/** Counts the connected clients of all listeners and workers, before anything is spent on them. */
export interface Admission {
  /** @returns why there is no place, where there is none. */
  admit(address: string): Slot | 'full' | 'address-full'
  sessions(): number
}

type Limits = Pick<LimitsOptions, 'sessions' | 'sessionsPerAddress' | 'unauthenticatedSessions'>

/** `limits` is asked each time: it changes on reload. */
export function admission(limits: () => Limits): Admission {
  const perAddress = new Map<string, number>()
  const strangers = strangersByAddress()
  let sessions = 0

  const slotFor = (address: string): Slot => {
    let hasLeft = false
    const slot: Slot = {
      onDrop: null,
      authenticated: () => strangers.remove(address, slot),
      leave() {
        if (hasLeft) return
        hasLeft = true
        sessions--
        strangers.remove(address, slot)
        const left = (perAddress.get(address) ?? 1) - 1
        if (left === 0) perAddress.delete(address)
        else perAddress.set(address, left)
      },
    }
    return slot
  }

  return {
    sessions: () => sessions,
    admit(address) {
      const { sessions: most, sessionsPerAddress, unauthenticatedSessions } = limits()
      const fromAddress = perAddress.get(address) ?? 0
      if (fromAddress >= sessionsPerAddress) return 'address-full'
      if (sessions >= most) return 'full'
      sessions++
      perAddress.set(address, fromAddress + 1)
      const slot = slotFor(address)
      strangers.add(address, slot)
      if (strangers.count() > unauthenticatedSessions) drop(strangers.leastWelcome())
      return slot
    },
  }
}

/** Clients that have not logged in, in the order they came. */
function strangersByAddress() {
  const slots = new Map<string, Set<Slot>>()
  let count = 0
  return {
    count: () => count,
    add(address: string, slot: Slot) {
      const here = slots.get(address) ?? new Set()
      slots.set(address, here.add(slot))
      count++
    },
    remove(address: string, slot: Slot) {
      const here = slots.get(address)
      if (here?.delete(slot) !== true) return
      count--
      if (here.size === 0) slots.delete(address)
    },
    /** The oldest of the address that has the most: whoever floods us from one place loses its own. */
    leastWelcome(): Slot | undefined {
      let most = new Set<Slot>()
      for (const here of slots.values()) if (here.size > most.size) most = here
      return most.values().next().value
    },
  }
}

function drop(slot: Slot | undefined): void {
  // At once, and not when its socket closes: strangers that ignore the goodbye must not fill the server.
  slot?.leave()
  slot?.onDrop?.()
}
