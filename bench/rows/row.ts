import type { Scale } from '../options.ts'
import type { RunningServer } from '../measure/running-server.ts'
import type { Bucket } from '../storages/bucket.ts'
import type { Workspace } from '../workspace.ts'

/** One question of the bench. */
export interface Row {
  readonly id: string
  readonly title: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly targets: readonly Target[]
  /** Started anew for each measurement: what came before would tell in its memory. */
  readonly isFresh?: boolean
  /** Requests to the store are counted on their way; its server is started anew for that. */
  readonly countsRequests?: boolean
  /** Turns that do not count, so that code is compiled and caches are filled as in a server that runs for weeks. Default 1. */
  readonly warmUps?: number
  /** Rounds at most, for rows that take long. */
  readonly mostRounds?: number
  measure(measuring: Measuring): Promise<Sample>
  /** The same bytes by a client that speaks to the store itself. */
  bare?(measuring: BareMeasuring): Promise<Sample>
}

/** What Sluice has to reach. */
export type Target =
  /** At least so many times the best of the others, or of the one named; for times and sizes: their inverse. */
  | { readonly ratio: number; readonly of?: string }
  /** At most so much, in the row's unit. */
  | { readonly most: number }
  /** At most so many CPU seconds, as the row counts them. */
  | { readonly mostCpu: number }

export interface Measuring {
  readonly server: RunningServer
  readonly workspace: Workspace
  readonly scale: Scale
  /** Null on disk. */
  readonly bucket: Bucket | null
  /** Requests that reached the store so far; null where they are not counted. */
  readonly requests: (() => number) | null
  /** Ends the clients. */
  readonly signal: AbortSignal
}

export interface BareMeasuring {
  readonly bucket: Bucket
  readonly workspace: Workspace
  readonly scale: Scale
}

export interface Sample {
  /** In the row's unit. */
  readonly value: number
  /** CPU seconds of the server's processes, per GiB or per 1,000 operations; null when they mean nothing here. */
  readonly cpu: number | null
}
