/** What one probe of a storage has shown. */
export interface Finding {
  /** What was tried, in a few words. */
  readonly probe: string
  /** `refused`: the store says that it cannot, or may not. `failed`: it says it can, and does something else. */
  readonly verdict: 'works' | 'refused' | 'failed'
  /** What is known beyond that. May name the store's own words; never a secret. */
  readonly detail: string
  /** Whether Sluice cannot do without it. */
  readonly isNeeded: boolean
}
