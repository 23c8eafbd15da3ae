import type { Scale } from '../options.ts'
import type { Row } from '../rows/row.ts'
import type { Server } from '../servers/server.ts'
import type { Workspace } from '../workspace.ts'
import type { Bucket } from './bucket.ts'

/** Where the files lie that servers serve, with the questions that are asked there and the servers that can serve it. */
export interface BenchStorage {
  readonly rows: readonly Row[]
  readonly servers: readonly Server[]
  /** Fills it with what is downloaded and listed. */
  open(workspace: Workspace, scale: Scale): Promise<OpenStorage>
}

export interface OpenStorage {
  /** For the report; null: nothing is to be said of it. */
  readonly about: string | null
  readonly bucket: Bucket | null
  /** The account's folder on disk for one server; empty where a bucket is served. */
  home(name: string): string
  /**
   * Takes away what was uploaded: replacing a file is not the same work as making one. At once, so that the memory is used
   * again by the next server: in a virtual machine, memory that was never touched before costs many times as much.
   */
  emptyUploads(name: string): Promise<void>
  close(): Promise<void>
}
