import type { LookupFunction } from 'node:net'
import type { TestContext } from 'node:test'
import { staticCredentials } from '../../../src/storage/object-http/credentials/credential-source.ts'
import {
  objectClient,
  type ObjectClient,
  type ObjectClientOptions,
} from '../../../src/storage/object-http/object-client.ts'
import {
  objectStoreDouble,
  type DoubleOptions,
  type ObjectStoreDouble,
} from '../../helpers/object-store-double/object-store-double.ts'

/** Every name leads to loopback: bucket names stand in the host. */
export const toLoopback: LookupFunction = (_, options, done) => {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

export interface Pair {
  readonly client: ObjectClient
  readonly double: ObjectStoreDouble
}

/** A double and our client of it; retries do not wait long. */
export async function pair(
  t: TestContext,
  options: DoubleOptions = {},
  clientOptions: Partial<ObjectClientOptions> = {},
): Promise<Pair> {
  const double = await objectStoreDouble(t, options)
  return {
    double,
    client: clientOf(t, double, {
      ...clientOptions,
      dialect: clientOptions.dialect ?? (options.kind === 'cos' ? 'cos' : 'aws'),
    }),
  }
}

export function clientOf(
  t: TestContext,
  double: ObjectStoreDouble,
  options: Partial<ObjectClientOptions> = {},
): ObjectClient {
  const client = objectClient({
    dialect: 'aws',
    endpoint: double.endpoint,
    region: 'us-east-1',
    bucket: double.bucketName,
    credentials: staticCredentials(double.secrets),
    retries: { firstDelayMilliseconds: 1, mostDelayMilliseconds: 5 },
    ...options,
    http: { lookup: toLoopback, ...options.http },
  })
  t.after(() => client.close())
  return client
}

export async function bodyOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}
