import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'
import type { ObjectKey } from '../../core/paths.ts'
import type { ObjectClient } from '../object-http/object-client.ts'
import type { ObjectSettings } from '../object-http/object-types.ts'
import type { BucketKeys } from './bucket-keys.ts'
import type { KnownDirectories } from './known-directories.ts'
import type { KnownFiles } from './known-files.ts'
import type { KnownTimes } from './known-times.ts'
import type { RecentChanges } from './recent-changes.ts'

/** What the operations of one object storage share. */
export interface ObjectStorageParts {
  readonly client: ObjectClient
  readonly keys: BucketKeys
  readonly directories: KnownDirectories
  readonly files: KnownFiles
  readonly times: KnownTimes
  /** Null where the store lists what it has stored at once. */
  readonly recent: RecentChanges | null
  readonly settingsFor: (key: ObjectKey) => ObjectSettings
  /** Whether files that are read whole are compared with the checksum the store tells. */
  readonly verifiesReads: boolean
  readonly logger: Logger
  readonly clock: Clock
}
