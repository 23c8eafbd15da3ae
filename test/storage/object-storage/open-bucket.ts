import type { TestContext } from 'node:test'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import type { Storage } from '../../../src/storage/contract.ts'
import { staticCredentials } from '../../../src/storage/object-http/credentials/credential-source.ts'
import { dialects, type Dialect } from '../../../src/storage/object-http/dialects.ts'
import { objectClient } from '../../../src/storage/object-http/object-client.ts'
import { objectStorage } from '../../../src/storage/object-storage/object-storage.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { services } from '../../helpers/storages.ts'

export interface OpenedBucket {
  readonly double: ObjectStoreDouble
  readonly storage: Storage
}

/** A bucket of the double, in a dialect that differs from AWS's in these facts. */
export async function openBucket(t: TestContext, facts: Partial<Dialect> = {}): Promise<OpenedBucket> {
  const double = await objectStoreDouble(t, { leastPartBytes: 1 })
  const { endpoint, bucketName: bucket, secrets } = double
  const dialect: Dialect = { ...dialects.aws, addressing: 'path', ...facts }
  const client = objectClient({
    ...{ dialect, endpoint, bucket, region: 'us-east-1', credentials: staticCredentials(secrets) },
    retries: { attempts: 2, firstDelayMilliseconds: 1 },
  })
  const storage = objectStorage({
    ...{
      client,
      prefix: '',
      parallelParts: 2,
      hashNames: [],
      listsLate: false,
      verifiesReads: true,
      restores: { days: 1, tier: 'Standard' },
    },
    ...{ budget: services.memory, logger: silentLogger, clock: systemClock },
    settingsFor: () => ({ contentType: 'text/plain' }),
  })
  t.after(() => storage.close())
  return { double, storage }
}
