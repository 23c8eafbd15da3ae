import type { BucketAddress } from '../addressing.ts'
import type { StoreError } from '../errors.ts'

/** Where the bucket is asked now, all requests alike. */
export interface SwitchedAddresses {
  current(): BucketAddress
  /**
   * A request failed there. Without a sign that the store had read it, the next ones go to the other address, if there is
   * one, and stay there until that one fails. Returns whether they do.
   */
  failed(at: BucketAddress, error: StoreError): boolean
}

/** @param other null: there is none to go to. */
export function switchedAddresses(first: BucketAddress, other: BucketAddress | null): SwitchedAddresses {
  let current = first
  return {
    current: () => current,
    failed(at, error) {
      if (other === null || !isUnheard(error)) return false
      // Of many that failed together only the first one switches.
      if (current === at) current = at === first ? other : first
      return true
    },
  }
}

/** No answer, or one that others on the way have made up. */
function isUnheard({ requestId, status }: StoreError): boolean {
  return requestId === null && (status === null || status >= 500 || redirects.has(status))
}

/** COS does not send these for a bucket at its right place; who has taken its name over does. */
const redirects: ReadonlySet<number> = new Set([301, 302, 307])
