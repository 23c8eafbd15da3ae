import type { EngineOptions, EngineSettings } from '../engine.ts'

/** What the main process tells a worker. A client's socket travels with 'client'. */
export type ToWorker =
  | { readonly kind: 'start'; readonly options: EngineOptions }
  | { readonly kind: 'client'; readonly slot: number; readonly listener: number }
  | { readonly kind: 'drop'; readonly slot: number }
  | { readonly kind: 'settings'; readonly settings: EngineSettings }
  | { readonly kind: 'drain'; readonly milliseconds: number }
  | { readonly kind: 'answer'; readonly call: number; readonly value: number | boolean | null }

/** What a worker tells the main process; several travel together. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'taken' | 'authenticated' | 'left'; readonly slot: number }
  | { readonly kind: 'drained' }
  | { readonly kind: 'tell'; readonly what: Told; readonly of: string }
  | { readonly kind: 'ask'; readonly call: number; readonly question: Question }

/** Facts that need no answer. */
export type Told = 'login-failed' | 'login-succeeded' | 'login-abandoned' | 'account-left'

/** Questions that only the main process can answer. */
export type Question =
  | { readonly about: 'login-delay'; readonly address: string }
  | { readonly about: 'account-place'; readonly account: string; readonly limit: number }
  | {
      readonly about: 'bandwidth'
      readonly key: string
      readonly bytesPerSecond: number
      readonly bytes: number
    }
