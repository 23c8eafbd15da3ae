import type { IncompleteUploads } from '../../accounts/account.ts'
import type { Verdict } from '../../core/verdict.ts'

/** What becomes of what came. */
export type Fate = 'publish' | 'keep' | 'discard'

/**
 * ABOR counts as a cut: clients that resume (FileZilla) send it to pause. What broke a rule of ours is never kept, whatever
 * the policy.
 */
const fates: Readonly<Record<Verdict, Readonly<Record<IncompleteUploads, Fate>>>> = {
  clean: { discard: 'publish', resume: 'publish', publish: 'publish' },
  presumed: { discard: 'publish', resume: 'publish', publish: 'publish' },
  cut: { discard: 'discard', resume: 'keep', publish: 'publish' },
  aborted: { discard: 'discard', resume: 'keep', publish: 'publish' },
  rejected: { discard: 'discard', resume: 'discard', publish: 'discard' },
}

export function fateOf(verdict: Verdict, policy: IncompleteUploads): Fate {
  return fates[verdict][policy]
}

/** Whether the upload ended as its client meant it to. */
export function isComplete(verdict: Verdict): boolean {
  return verdict === 'clean' || verdict === 'presumed'
}
