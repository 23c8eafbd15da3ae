import type { Scale } from '../options.ts'
import type { RunningServer } from '../measure/running-server.ts'
import type { Workspace } from '../workspace.ts'

/** One question of the bench. */
export interface Row {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly target: Target
  /** Started anew for each measurement: what came before would tell in its memory. */
  readonly isFresh?: boolean
  /** Turns that do not count, so that code is compiled and caches are filled as in a server that runs for weeks. Default 1. */
  readonly warmUps?: number
  /** Rounds at most, for rows that take long. */
  readonly mostRounds?: number
  measure(measuring: Measuring): Promise<Sample>
}

/** What Sluice has to reach. */
export type Target =
  /** At least so many times the best of the others, or of the one named; for times and sizes: their inverse. */
  | { readonly ratio: number; readonly of?: string }
  /** At most so much, in the row's unit. */
  | { readonly most: number }

export interface Measuring {
  readonly server: RunningServer
  readonly workspace: Workspace
  readonly scale: Scale
  /** Ends the clients. */
  readonly signal: AbortSignal
}

export interface Sample {
  /** In the row's unit. */
  readonly value: number
  /** CPU seconds of the server's processes, per GiB or per 1,000 operations; null when they mean nothing here. */
  readonly cpu: number | null
}
