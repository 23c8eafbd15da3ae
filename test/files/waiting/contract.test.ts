import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { silentLogger } from '../../../src/core/logger.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { childKey, baseName, parentKey, type ObjectKey } from '../../../src/core/paths.ts'
import { waitingContext } from '../../../src/files/waiting/context.ts'
import { waitingStorage } from '../../../src/files/waiting/waiting-storage.ts'
import type { Storage } from '../../../src/storage/contract.ts'
import { cos } from '../../../src/storage/drivers/cos/index.ts'
import { cosOptions } from '../../../src/storage/drivers/cos/options.ts'
import { s3 } from '../../../src/storage/drivers/s3/index.ts'
import { s3Options } from '../../../src/storage/drivers/s3/options.ts'
import { write } from '../../../src/storage/write.ts'
import { key } from '../../contract/clause.ts'
import { storageContract, type Opened } from '../../contract/storage-contract.ts'
import { bucketOf, held } from '../../helpers/bucket-storage.ts'
import { objectStoreDouble, type ObjectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { hasRealS3, realS3 } from '../../helpers/real-s3.ts'
import { services } from '../../helpers/storages.ts'
import { waitingUploads } from '../../helpers/waiting-uploads.ts'
import { bucketOn } from '../../helpers/bucket-storage.ts'
import { lent } from '../fixture.ts'

// To its account a storage must look the same whether uploads wait in it or not: here every upload does.

/** No name is one that a client of the contract uses. */
const finalKeyOf = (temporary: ObjectKey) => childKey(parentKey(temporary), `final ${baseName(temporary)}`)

/** Opened any number of times, as sessions and restarts do: what waits is known to all. */
function opener(t: TestContext, open: () => Promise<Storage>): () => Promise<Storage> {
  const waiting = waitingUploads(systemClock)
  const shared = {
    account: 'ann',
    storage: 'bucket',
    waiting,
    finalKeyOf,
    most: 1000,
    logger: silentLogger,
    clock: systemClock,
  }
  return async () => {
    const storage = await open()
    t.after(() => storage.close())
    const context = waitingContext(storage, shared)
    return waitingStorage(context ?? assert.fail('nothing can wait there'))
  }
}

const ofDouble = (double: ObjectStoreDouble) => async () => {
  const { driver, ...options } = bucketOf(double)
  return driver === 'cos' ? cos.open(cosOptions.parse(options), services) : s3.open(s3Options.parse(options), services)
}

for (const kind of ['s3', 'cos'] as const) {
  storageContract(`${kind} where every upload waits`, async (t): Promise<Opened> => {
    const open = opener(t, ofDouble(await objectStoreDouble(t, { kind })))
    return { storage: await open(), reopen: open }
  })
}

if (hasRealS3())
  storageContract('a real server where every upload waits', async (t): Promise<Opened> => {
    const { driver: _, ...options } = bucketOn(await realS3())
    const open = opener(t, () => s3.open(s3Options.parse(options), services))
    return { storage: await open(), reopen: open }
  })

test('these uploads wait indeed', async (t) => {
  const double = await objectStoreDouble(t)
  const storage = await opener(t, ofDouble(double))()
  await write(storage, key('f'), lent('content'))
  assert.deepEqual(held(double), { objects: {}, unfinished: ['final f'] })
})
