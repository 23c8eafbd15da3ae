import { createHash } from 'node:crypto'
import { GatewayError } from '../../core/errors.ts'
import type { Dialect } from './dialects.ts'
import type { Conditions, Encryption, ObjectSettings } from './object-types.ts'
import { encodeComponent } from './signing/uri-encoding.ts'

type Headers = Record<string, string>

/** Class, access, tags, type and metadata in the store's own headers. @throws GatewayError 'internal' for metadata HTTP cannot carry. */
export function settingsHeaders({ headerPrefix }: Dialect, settings: ObjectSettings): Headers {
  const { contentType, metadata = {}, storageClass, acl, tags = {} } = settings
  const headers: Headers = {
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(storageClass !== undefined && { [`${headerPrefix}storage-class`]: storageClass }),
    ...(acl !== undefined && { [`${headerPrefix}acl`]: acl }),
  }
  const pairs = Object.entries(tags)
  if (pairs.length > 0) {
    headers[`${headerPrefix}tagging`] = pairs
      .map(([name, value]) => `${encodeComponent(name)}=${encodeComponent(value)}`)
      .join('&')
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[a-z0-9-]+$/.test(name) || !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$|^$/.test(value)) {
      throw new GatewayError('internal', 'Metadata is limited to plain ASCII.')
    }
    headers[`${headerPrefix}meta-${name}`] = value
  }
  return headers
}

/** For requests that make an object. */
export function encryptionHeaders(dialect: Dialect, encryption: Encryption | null): Headers {
  if (encryption === null) return {}
  const name = `${dialect.headerPrefix}server-side-encryption`
  if (encryption.kind === 'customer') return customerKeyHeaders(dialect, encryption)
  if (encryption.kind === 'managed') return { [name]: 'AES256' }
  const keyName = dialect.name === 'cos' ? `${name}-cos-kms-key-id` : `${name}-aws-kms-key-id`
  return {
    [name]: dialect.name === 'cos' ? 'cos/kms' : 'aws:kms',
    ...(encryption.keyId !== null && { [keyName]: encryption.keyId }),
  }
}

/** For requests that read or add to an object: only a customer's key has to be told again. */
export function customerKeyHeaders(
  dialect: Dialect,
  encryption: Encryption | null,
  from: 'copy-source-' | '' = '',
): Headers {
  if (encryption?.kind !== 'customer') return {}
  const name = `${dialect.headerPrefix}${from}server-side-encryption-customer`
  return {
    [`${name}-algorithm`]: 'AES256',
    [`${name}-key`]: encryption.key.toString('base64'),
    [`${name}-key-md5`]: createHash('md5').update(encryption.key).digest('base64'),
  }
}

/** @throws GatewayError 'unsupported' where the store cannot promise it: nothing is assumed. */
export function conditionHeaders(dialect: Dialect, { ifAbsent = false, ifMatch = null }: Conditions): Headers {
  if (ifAbsent && dialect.ifAbsent === null) {
    throw new GatewayError('unsupported', 'The storage cannot promise to replace nothing.')
  }
  if (ifMatch !== null && !dialect.ifMatch) {
    throw new GatewayError('unsupported', 'The storage cannot promise to replace only what is known.')
  }
  const absent: Headers =
    dialect.ifAbsent === 'forbid-overwrite' ? { 'x-cos-forbid-overwrite': 'true' } : { 'if-none-match': '*' }
  return { ...(ifAbsent && absent), ...(ifMatch !== null && { 'if-match': `"${ifMatch}"` }) }
}
