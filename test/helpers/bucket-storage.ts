import type { ObjectStoreDouble } from './object-store-double/object-store-double.ts'
import type { RealS3 } from './real-s3.ts'

type StorageOptions = Readonly<Record<string, unknown>>

/** A bucket of the double, as a configuration names it. */
export function bucketOf(double: ObjectStoreDouble, options: StorageOptions = {}): StorageOptions {
  const { endpoint, port, bucketName: bucket, secrets } = double
  if (endpoint.startsWith('http://cos.')) {
    const credentials = { secretId: secrets.accessKey, secretKey: secrets.secretKey }
    // A bucket in front of an IP address is no host name.
    return { driver: 'cos', bucket, endpoint: `http://cos.localhost:${port}`, credentials, ...options }
  }
  const credentials = { accessKeyId: secrets.accessKey, secretAccessKey: secrets.secretKey }
  return { driver: 's3', bucket, endpoint, credentials, dialect: 'aws', addressing: 'path', ...options }
}

/** A place of its own on the real server. */
export function bucketOn(server: RealS3, options: StorageOptions = {}): StorageOptions {
  const { endpoint, bucket, region, prefix } = server
  const credentials = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey }
  return { driver: 's3', endpoint, bucket, region, prefix, credentials, addressing: 'path', ...options }
}

/** What lies in the bucket: objects by key with their lengths, and the keys of unfinished uploads. */
export function held({ bucket }: ObjectStoreDouble): {
  readonly objects: Readonly<Record<string, number>>
  readonly unfinished: readonly string[]
} {
  return {
    objects: Object.fromEntries([...bucket.objects].map(([key, { body }]) => [key, body.length])),
    unfinished: [...bucket.uploads.values()].map(({ key }) => key),
  }
}

/** What was asked from here on, by name. */
export function asked(double: ObjectStoreDouble): () => readonly string[] {
  const from = double.requests.length
  return () => double.requests.slice(from).map(({ op }) => op)
}

/** Bytes of content that were sent to the store from here on. */
export function sentBytes(double: ObjectStoreDouble): () => number {
  const from = double.requests.length
  return () =>
    double.requests
      .slice(from)
      .filter(({ op }) => op === 'PutObject' || op === 'UploadPart')
      .reduce((sum, { body }) => sum + body.length, 0)
}
