import type { TestContext } from 'node:test'
import { cos } from '../../../src/storage/drivers/cos/index.ts'
import { cosOptions } from '../../../src/storage/drivers/cos/options.ts'
import { s3 } from '../../../src/storage/drivers/s3/index.ts'
import { s3Options } from '../../../src/storage/drivers/s3/options.ts'
import { storageContract, type Opened } from '../../contract/storage-contract.ts'
import { objectStoreDouble } from '../../helpers/object-store-double/object-store-double.ts'
import { namedCosBucket, realCos } from '../../helpers/real-cos.ts'
import { hasRealS3, realS3 } from '../../helpers/real-s3.ts'
import { services } from '../../helpers/storages.ts'
import type { Storage } from '../../../src/storage/contract.ts'

/** Storages that a test has opened are closed with it. */
function opener(t: TestContext, open: () => Promise<Storage>): () => Promise<Storage> {
  return async () => {
    const storage = await open()
    t.after(() => storage.close())
    return storage
  }
}

storageContract('s3 on the double', async (t): Promise<Opened> => {
  const { endpoint, bucketName: bucket, secrets } = await objectStoreDouble(t)
  const credentials = { accessKeyId: secrets.accessKey, secretAccessKey: secrets.secretKey }
  const options = s3Options.parse({ bucket, endpoint, credentials, dialect: 'aws', addressing: 'path' })
  const open = opener(t, () => s3.open(options, services))
  return { storage: await open(), reopen: open }
})

storageContract('s3 below a prefix, as an unknown store', async (t): Promise<Opened> => {
  const { endpoint, bucketName: bucket, secrets } = await objectStoreDouble(t)
  const credentials = { accessKeyId: secrets.accessKey, secretAccessKey: secrets.secretKey }
  const options = s3Options.parse({ bucket, endpoint, credentials, prefix: 'in/2026/', dialect: 'generic' })
  const open = opener(t, () => s3.open(options, services))
  return { storage: await open(), reopen: open }
})

storageContract('cos on the double', async (t): Promise<Opened> => {
  const { port, bucketName: bucket, secrets } = await objectStoreDouble(t, { kind: 'cos' })
  const credentials = { secretId: secrets.accessKey, secretKey: secrets.secretKey }
  // A bucket in front of an IP address is no host name.
  const endpoint = `http://cos.localhost:${port}`
  const open = opener(t, () => cos.open(cosOptions.parse({ bucket, endpoint, credentials }), services))
  return { storage: await open(), reopen: open }
})

storageContract('cos with metadata acceleration, on the double', async (t): Promise<Opened> => {
  const { port, bucketName: bucket, secrets } = await objectStoreDouble(t, { kind: 'cos', hasDirectories: true })
  const credentials = { secretId: secrets.accessKey, secretKey: secrets.secretKey }
  const endpoint = `http://cos.localhost:${port}`
  const open = opener(t, () => cos.open(cosOptions.parse({ bucket, endpoint, credentials }), services))
  return { storage: await open(), reopen: open }
})

if (hasRealS3())
  storageContract('s3 on a real server', async (t): Promise<Opened> => {
    const server = await realS3()
    const { endpoint, bucket, region, prefix } = server
    const credentials = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey }
    const options = s3Options.parse({ endpoint, bucket, region, prefix, credentials, addressing: 'path' })
    const open = opener(t, () => s3.open(options, services))
    return { storage: await open(), reopen: open }
  })

const liveBucket = namedCosBucket()
if (liveBucket !== null)
  storageContract('cos, live', async (t): Promise<Opened> => {
    const open = realCos(t, liveBucket)
    return { storage: await open(), reopen: open }
  })
