import { z } from 'zod'
import { parseKey, type ObjectKey } from '../../core/paths.ts'
import { durationSchema } from '../../core/schema.ts'
import type { Encryption, ObjectSettings } from '../object-http/object-types.ts'

const prefixSchema = z
  .string()
  .default('')
  .transform((text, context) => {
    try {
      return String(parseKey(text))
    } catch {
      context.addIssue('Expected a prefix such as incoming/2026/.')
      return z.NEVER
    }
  })

const customerKey = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').length === 32, 'Expected 32 bytes in base64.')
  .meta({ writeOnly: true })

/** Options that every kind of object store has. */
export const commonOptions = {
  bucket: z
    .string()
    .regex(/^[^\s/\\?#]+$/, 'Expected a name alone, such as photos. What is used of the bucket is said by `prefix`.')
    .describe('Name of the bucket.'),
  prefix: prefixSchema.describe('Part of the bucket that is used, such as `incoming/`. Default: all of it.'),
  storageClass: z.string().min(1).optional().describe('Storage class of new objects. Left out: as the bucket says.'),
  acl: z.string().min(1).optional().describe('Canned ACL of new objects, such as `private`.'),
  tags: z.record(z.string().min(1), z.string()).default({}).describe('Tags of new objects.'),
  metadata: z
    .record(z.string().regex(/^[a-z0-9-]+$/, 'Expected a name of lower-case letters, digits and -.'), z.string())
    .default({})
    .describe('User metadata of new objects, by names without the store’s prefix.'),
  contentTypes: z
    .record(z.string().regex(/^[a-z0-9]+$/i, 'Expected an extension without its dot.'), z.string())
    .default({})
    .describe('Content types by extension, beside those that are known (`pdf`, `jpg`, …).'),
  encryption: z
    .union([
      z.enum(['managed', 'kms']),
      z.strictObject({ kmsKeyId: z.string().min(1).describe('Id of the key in the store’s key service.') }),
      z.strictObject({
        customerKey: customerKey.describe('A key of your own, 32 bytes in base64. Lost, so is what it encrypts.'),
      }),
    ])
    .optional()
    .describe('Encryption by the store: `managed`, `kms`, `{kmsKeyId}`, or `{customerKey}`: 32 bytes in base64.'),
  parallelParts: z.int().min(1).max(64).default(4).describe('Parts of one upload that travel at once.'),
  hashes: z
    .array(z.enum(['SHA-256', 'SHA-512', 'SHA-1', 'MD5']))
    .default([])
    .describe(
      'Hashes computed of all files while they come in, so that HASH need not read them. Files up to 256 KiB get SHA-256 anyway.',
    ),
  verifyDownloads: z
    .enum(['in clear', 'always', 'never'])
    .default('in clear')
    .describe(
      'Whether whole files are compared with the checksum that the store tells, while they are sent: 226 comes for what was ' +
        'proved. `in clear`: for an `http://` endpoint; over TLS the connection answers for the bytes.',
    ),
  restoreDays: z
    .int()
    .min(1)
    .max(365)
    .default(3)
    .describe('Days that an archived object stays readable after SITE RESTORE.'),
  restoreTier: z
    .enum(['Expedited', 'Standard', 'Bulk'])
    .default('Standard')
    .describe('How fast the store gets it out of the archive, and at what price.'),
  connections: z.int().min(1).max(10_000).default(256).describe('Connections to the store at once.'),
  connectTimeout: durationSchema({ min: 100 })
    .prefault('10s')
    .describe('Time for a connection to stand, TLS included.'),
  answerTimeout: durationSchema({ min: 100 }).prefault('60s').describe('Time until the store begins to answer.'),
  stallTimeout: durationSchema({ min: 100 }).prefault('30s').describe('Time without a byte while bytes are due.'),
  attempts: z.int().min(1).max(100).default(6).describe('Tries of one request in all.'),
  retryTime: durationSchema({ min: 0 }).prefault('90s').describe('Time after which no further try begins.'),
}

type Common = z.output<z.ZodObject<typeof commonOptions>>

export function encryptionOf({ encryption }: Pick<Common, 'encryption'>): Encryption | null {
  if (encryption === undefined) return null
  if (encryption === 'managed') return { kind: 'managed' }
  if (encryption === 'kms') return { kind: 'kms', keyId: null }
  if ('kmsKeyId' in encryption) return { kind: 'kms', keyId: encryption.kmsKeyId }
  return { kind: 'customer', key: Buffer.from(encryption.customerKey, 'base64') }
}

/** What new objects of a name are given. */
export function settingsOf(options: Common): (key: ObjectKey) => ObjectSettings {
  const { storageClass, acl, tags, metadata } = options
  const types = new Map(Object.entries({ ...usualTypes, ...options.contentTypes }))
  const always: ObjectSettings = {
    metadata,
    ...(storageClass !== undefined && { storageClass }),
    ...(acl !== undefined && { acl }),
    ...(Object.keys(tags).length > 0 && { tags }),
  }
  return (key) => {
    const extension = /\.([a-z0-9]+)$/i.exec(key)?.[1]?.toLowerCase() ?? ''
    return { ...always, contentType: types.get(extension) ?? 'application/octet-stream' }
  }
}

/** Whether what is read is compared with the store's checksum. It costs 0.4 CPU seconds for each GiB. */
export function verifiesReads({ verifyDownloads }: Pick<Common, 'verifyDownloads'>, endpoint: string): boolean {
  return verifyDownloads === 'always' || (verifyDownloads === 'in clear' && endpoint.startsWith('http:'))
}

/** What an archived object is asked for where the client does not say. */
export function restoresOf({ restoreDays, restoreTier }: Pick<Common, 'restoreDays' | 'restoreTier'>) {
  return { days: restoreDays, tier: restoreTier }
}

/** Time-outs, tries and the connection pool, as the client takes them. */
export function clientTuning(options: Common) {
  return {
    encryption: encryptionOf(options),
    http: {
      mostConnections: options.connections,
      timeouts: {
        connectMilliseconds: options.connectTimeout,
        firstByteMilliseconds: options.answerTimeout,
        noProgressMilliseconds: options.stallTimeout,
      },
    },
    retries: { attempts: options.attempts, totalMilliseconds: options.retryTime },
  }
}

/** What browsers and importers make use of; everything else is bytes. IANA media types. */
const usualTypes: Readonly<Record<string, string>> = {
  avi: 'video/x-msvideo',
  csv: 'text/csv',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  txt: 'text/plain',
  webp: 'image/webp',
  xml: 'application/xml',
  zip: 'application/zip',
}
