import type { Readable } from 'node:stream'
import type { DriverOptions } from '../config/storage-options.ts'
import type { Clock } from '../core/clock.ts'
import type { StartGateway } from './gateway.ts'

/** What the command line has of the world. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: TextOutput
  readonly stderr: TextOutput
  readonly clock: Clock
  readonly readFile: (path: string) => Promise<string>
  /** Whether people other than its owner may read a file; false when it cannot be told. */
  readonly isPublicFile: (path: string) => Promise<boolean>
  /** Whether the output goes to a terminal, and that is still there. */
  readonly hasTerminal: () => boolean
  readonly on: (event: 'SIGHUP' | 'SIGINT' | 'SIGTERM', listener: () => void) => void
  /** Told of errors that nobody has caught. */
  readonly onUnexpectedError: (listener: (error: unknown) => void) => void
  /** Ends the process on the spot. */
  readonly exitAtOnce: (status: number) => void
  /** Loaded only by the commands that need them. */
  readonly loadDrivers: () => Promise<readonly DriverOptions[]>
  readonly loadStartGateway: () => Promise<StartGateway>
}

export interface TextOutput {
  readonly isTTY?: boolean
  write(text: string): unknown
}
