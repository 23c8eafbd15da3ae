import type { S3Server } from '../../scripts/s3-server.ts'
import type { ObjectClient } from '../../src/storage/object-http/object-client.ts'

/** Keys of one bucket that nobody else touches. */
export interface Bucket {
  readonly server: S3Server
  /** What the account sees lies below it; ends with `/`. */
  readonly prefix: string
  /** Straight to the store. */
  readonly client: ObjectClient
}
