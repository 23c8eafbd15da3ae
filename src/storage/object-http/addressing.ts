import type { Origin } from './http/http-types.ts'
import { encodeKey } from './signing/uri-encoding.ts'

/** Where a bucket answers. */
export interface BucketAddress {
  readonly origin: Origin
  /** As it is sent: with a port only where it is not the usual one. */
  readonly host: string
  /** The path of the bucket, or of a key in it; encoded once. */
  path(key?: string): string
}

export interface AddressOptions {
  /** `https://…`; a path in it stays in front. */
  readonly endpoint: string
  readonly bucket: string
  readonly addressing: 'path' | 'virtual-host'
}

/** An IP address has no subdomains, so a bucket stands in the path there whatever was asked for. */
const numeric = /^(\d+\.){3}\d+$|^\[/

/** Virtual-host: `bucket.host/key`, unless the endpoint already begins with the bucket. Path: `host/bucket/key`. */
export function bucketAddress({ endpoint, bucket, addressing }: AddressOptions): BucketAddress {
  const url = new URL(endpoint)
  const secure = url.protocol === 'https:'
  const isVirtual = addressing === 'virtual-host' && !numeric.test(url.hostname)
  const isThere = url.hostname.startsWith(`${bucket.toLowerCase()}.`)
  const hostname = isVirtual && !isThere ? `${bucket}.${url.hostname}` : url.hostname
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  const base = `${url.pathname.replace(/\/+$/, '')}${isVirtual ? '' : `/${encodeKey(bucket)}`}`
  return {
    origin: { secure, hostname: hostname.replace(/^\[|\]$/g, ''), port },
    host: url.port === '' ? hostname : `${hostname}:${url.port}`,
    path: (key = '') => (key === '' && !isVirtual ? base : `${base}/${encodeKey(key)}`),
  }
}
