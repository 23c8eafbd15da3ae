import { systemClock, type Clock } from '../../core/clock.ts'
import { silentLogger, type Logger } from '../../core/logger.ts'
import { bucketAddress } from './addressing.ts'
import type { CredentialSource } from './credentials/credential-source.ts'
import { dialects, type Dialect, type DialectName } from './dialects.ts'
import { httpClient, type HttpClientOptions } from './http/http-client.ts'
import { listOperations, type ListOperations } from './list-operations.ts'
import { multipartOperations, type MultipartOperations } from './multipart-operations.ts'
import { objectOperations, type ObjectOperations, type OperationContext } from './object-operations.ts'
import type { Encryption } from './object-types.ts'
import type { Pause } from './requests/brake.ts'
import { defaultRetries, sleep, type RetryOptions } from './requests/retry.ts'
import { storeRequests } from './requests/store-requests.ts'
import { switchedAddresses } from './requests/switched-addresses.ts'
import { cosSigner } from './signing/cos-signature.ts'
import { sigV4Signer } from './signing/sigv4.ts'

/** One bucket of one store. Keys are plain text; they are encoded once, on the way out. */
export interface ObjectClient extends ObjectOperations, MultipartOperations, ListOperations {
  readonly dialect: Dialect
  /** Closes every connection. */
  close(): void
}

export interface ObjectClientOptions {
  /** By name, or with facts of one's own. */
  readonly dialect: DialectName | Dialect
  /** `https://host[:port][/path]`. */
  readonly endpoint: string
  /** Where the bucket answers, too, when it cannot be reached there. Default null: nowhere. */
  readonly otherEndpoint?: string | null
  readonly region: string
  readonly bucket: string
  readonly credentials: CredentialSource
  /** Default: the dialect's. */
  readonly addressing?: 'path' | 'virtual-host'
  readonly encryption?: Encryption | null
  readonly http?: HttpClientOptions
  readonly retries?: Partial<RetryOptions>
  /** Bodies from this size on wait for the store's "go on". Default null: none does. */
  readonly expectContinueBytes?: number | null
  /** Hash and sign object content too. Default false: TLS and the content's own checksums cover it. */
  readonly signsContent?: boolean
  readonly logger?: Logger
  readonly clock?: Clock
  readonly pause?: Partial<Pause>
}

export function objectClient(options: ObjectClientOptions): ObjectClient {
  const dialect = typeof options.dialect === 'string' ? dialects[options.dialect] : options.dialect
  const { endpoint, bucket, region, clock = systemClock } = options
  const addressing = options.addressing ?? dialect.addressing
  const address = bucketAddress({ endpoint, bucket, addressing })
  const { otherEndpoint = null } = options
  const other = otherEndpoint === null ? null : bucketAddress({ endpoint: otherEndpoint, bucket, addressing })
  const http = httpClient(options.http)
  const requests = storeRequests({
    addresses: switchedAddresses(address, other),
    http,
    sign: dialect.signature === 'cos' ? cosSigner() : sigV4Signer({ region }),
    credentials: options.credentials,
    clock,
    pause: { random: Math.random, sleep, now: () => clock.monotonic(), ...options.pause },
    retries: { ...defaultRetries, ...options.retries },
    logger: options.logger ?? silentLogger,
    signsContent: options.signsContent ?? false,
    userAgent: 'sluice',
  })
  const context: OperationContext = {
    dialect,
    bucket,
    address,
    requests,
    encryption: options.encryption ?? null,
    expectContinueBytes: options.expectContinueBytes ?? null,
  }
  const objects = objectOperations(context)
  return {
    dialect,
    ...objects,
    ...multipartOperations(context),
    ...listOperations(context, objects),
    close: () => http.close(),
  }
}
