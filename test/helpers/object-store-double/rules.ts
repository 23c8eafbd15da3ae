/** What goes wrong, and when. Rules are asked in their order; the first that applies is the one. */
export interface Rule {
  /** The operation's name, as the store calls it; absent: any. */
  readonly op?: string
  readonly key?: string
  /** Only the nth request that fits, from 1. */
  readonly nth?: number
  /** Only the first so many that fit. */
  readonly count?: number
  /** 0 to 1; chance comes from the double's options. */
  readonly probability?: number
  readonly fault: Fault
}

export type Fault =
  /** Answers this and does nothing. With status 200 the error stands in the body, behind so many spaces. */
  | {
      readonly kind: 'error'
      readonly status: number
      readonly code: string
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
      readonly spaces?: number
    }
  /** Answers 200 with this body and does nothing. */
  | { readonly kind: 'answer'; readonly body: string }
  /** Somebody on the way answers in the store's place. */
  | { readonly kind: 'foreign'; readonly status: number }
  /** Waits, then goes on as usual. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Reads the request, does nothing, never answers. */
  | { readonly kind: 'stall' }
  /** Resets the connection before anything is done. */
  | { readonly kind: 'drop-connection' }
  /** Does it, and resets the connection instead of answering. */
  | { readonly kind: 'drop-response' }
  /** Sends the head and so many bytes of the body, then resets, or says nothing any more. */
  | { readonly kind: 'cut-body'; readonly bytes: number; readonly ending: 'reset' | 'silence' }
  /** Flips a bit of what arrives: as a broken memory on the way would. */
  | { readonly kind: 'corrupt-request' }
  /** Flips a bit of what is sent. */
  | { readonly kind: 'corrupt-response' }
  /** Changes headers of the answer, which is right otherwise. An empty value takes one away. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }

export interface Rules {
  add(rule: Rule): void
  clear(): void
  faultFor(op: string, key: string): Fault | null
}

export function rules(random: () => number): Rules {
  let entries: { readonly rule: Rule; seen: number }[] = []
  const applies = (entry: (typeof entries)[number], op: string, key: string): boolean => {
    const { rule } = entry
    if (rule.op !== undefined && rule.op !== op) return false
    if (rule.key !== undefined && rule.key !== key) return false
    entry.seen++
    if (rule.nth !== undefined && entry.seen !== rule.nth) return false
    if (rule.count !== undefined && entry.seen > rule.count) return false
    return rule.probability === undefined || random() < rule.probability
  }
  return {
    add: (rule) => void entries.push({ rule, seen: 0 }),
    clear: () => (entries = []),
    faultFor: (op, key) => entries.find((entry) => applies(entry, op, key))?.rule.fault ?? null,
  }
}
