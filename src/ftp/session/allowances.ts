import type { Account } from '../../accounts/account.ts'
import type { Bandwidth } from '../../accounts/bandwidth.ts'
import type { Allowance } from '../transfer/throttle.ts'
import { setTimeout as sleep } from 'node:timers/promises'

/** Turns accounts' bandwidths into what a transfer waits for. */
export function allowances(
  bandwidth: Bandwidth,
): (account: Account, direction: 'upload' | 'download') => Allowance | null {
  return (account, direction) => {
    const bytesPerSecond = account.bandwidth[direction]
    if (bytesPerSecond === null) return null
    const key = `${direction} ${account.name}`
    return async (bytes, signal) => {
      const delay = await bandwidth.delayFor(key, bytesPerSecond, bytes)
      if (delay === 0) return
      try {
        await sleep(delay, undefined, { signal })
      } catch {
        // Only the signal ends a sleep early; its own reason says more than an AbortError.
        throw signal.reason
      }
    }
  }
}
