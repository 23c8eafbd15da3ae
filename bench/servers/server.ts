import type { S3Server } from '../../scripts/s3-server.ts'
import type { Workspace } from '../workspace.ts'

/** One FTP server of the comparison. */
export interface Server {
  readonly name: string
  /** What is needed to run it here; a string says why it cannot be. */
  find(): Installed | string
}

export interface Installed {
  readonly version: string
  /** How to start it. Explicit TLS and clear on one port of 127.0.0.1. */
  launch(place: Place): Launch
}

export interface Place {
  readonly port: number
  /** For configuration and state. */
  readonly folder: string
  /** What the account sees. */
  readonly home: string
  readonly workspace: Workspace
  /** What the account sees instead of `home`; null on disk. */
  readonly bucket: PlaceInBucket | null
}

export interface PlaceInBucket extends S3Server {
  /** Below which the account sees; ends with `/`. */
  readonly prefix: string
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}
