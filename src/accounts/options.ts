import { z } from 'zod'
import { isUsableCharset } from '../core/charset-name.ts'
import { GatewayError } from '../core/errors.ts'
import { hasControlCharacter, isWithin, resolvePath, rootPath } from '../core/paths.ts'
import { bytesSchema } from '../core/schema.ts'
import { permissions } from './account.ts'
import { anonymousNames, mostPasswordBytes } from './configured.ts'
import { mountOptions } from './mount-options.ts'
import { parseNetwork } from './networks.ts'
import { parsePasswordHash } from './password-hash-text.ts'

type Parsed = z.output<typeof accountOptions>
type ListField = 'permissions' | 'allowedNetworks' | 'mounts'

/** One account as the configuration writes it, with its defaults. */
export type AccountOptions = Readonly<Omit<Parsed, ListField | 'bandwidth'>> & {
  readonly [Field in ListField]: readonly Readonly<Parsed[Field][number]>[]
} & { readonly bandwidth: Readonly<Parsed['bandwidth']> }

const fields = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !hasControlCharacter(name), 'Names may not hold control characters.')
    .describe('The name that USER gives.'),
  password: z
    .string()
    .min(1, 'An account without a password cannot log in.')
    .refine((text) => Buffer.byteLength(text) <= mostPasswordBytes, `At most ${mostPasswordBytes} bytes.`)
    .optional()
    .meta({ writeOnly: true })
    .describe('The password in clear; better as `${env:NAME}` or `${file:PATH}`. It is kept hashed in memory.'),
  passwordHash: z
    .string()
    .superRefine(refuseUnusableHash)
    .optional()
    .meta({ writeOnly: true })
    .describe('An argon2id or scrypt hash (PHC string), or a bcrypt hash, as `sluice hash-password` prints it.'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('Every password is right. Only for the names `anonymous` and `ftp`; each stands for both.'),
  enabled: z.boolean().default(true).describe('Whether the account can log in.'),
  permissions: z
    .array(z.enum(permissions))
    .default([...permissions])
    .describe(
      'What the account may do. None can be had by way of another: replacing a file takes `write` and `overwrite`.',
    ),
  incompleteUploads: z
    .enum(['discard', 'resume', 'publish'])
    .default('discard')
    .describe(
      'What becomes of an upload that broke off: removed, kept unseen so that it can go on, or shown as it is.',
    ),
  maxFileBytes: bytesSchema().optional().describe('Largest single file.'),
  quota: bytesSchema().optional().describe('Bytes the account may store in all.'),
  bandwidth: z
    .strictObject({
      upload: bytesSchema({ min: 1 }).optional().describe('Bytes a second to the server.'),
      download: bytesSchema({ min: 1 }).optional().describe('Bytes a second from the server.'),
    })
    .default({})
    .describe('For all sessions of the account together.'),
  sessions: z.int().min(1).optional().describe('Sessions at once; left out: the general limit.'),
  expires: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'Expected a date, such as 2027-01-31 or 2027-01-31T18:00:00Z.',
    })
    .transform((text) => new Date(text))
    .optional()
    .describe('From this moment the account cannot log in. A date alone means the beginning of that day, UTC.'),
  allowedNetworks: z
    .array(z.string().refine((text) => parseNetwork(text) !== null, 'Expected an address or a CIDR block.'))
    .default([])
    .describe('Addresses and CIDR blocks that may log in, such as 192.0.2.0/24; empty: all.'),
  requireTls: z.boolean().default(false).describe('The password is refused on a connection in clear.'),
  ascii: z
    .enum(['convert', 'binary'])
    .default('convert')
    .describe('What TYPE A does: convert line ends, or leave the bytes as they are.'),
  charset: z
    .string()
    .refine(isUsableCharset, 'Not a known character set that contains ASCII.')
    .optional()
    .describe('Character set of names until the client asks for UTF-8, such as GBK or Shift_JIS; left out: UTF-8.'),
  uploadEnd: z
    .enum(['strict', 'tolerant'])
    .optional()
    .describe('Whether a TLS upload without close_notify at its end broke off; left out: as the listener says.'),
  makeParents: z.boolean().default(false).describe('STOR, APPE and MKD make missing parent folders.'),
  backslashIsSlash: z.boolean().default(false).describe('A backslash in a name stands for a slash.'),
  home: z
    .string()
    .regex(/^\//, 'Expected an absolute path.')
    .default('/')
    .describe('Where a login begins; in a mount or above one.'),
  mounts: z
    .array(mountOptions)
    .min(1, 'An account needs at least one mount.')
    .describe('The storages it sees, and where.'),
})

/** The schema of one account. */
export const accountOptions = fields.superRefine((options, context) => {
  const complain = (path: keyof typeof options, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  const ways = [options.password !== undefined, options.passwordHash !== undefined, options.anonymous]
  if (ways.filter(Boolean).length !== 1) {
    complain('name', 'An account needs one of `password`, `passwordHash` and `anonymous: true`, and only one.')
  }
  if (options.anonymous && !anonymousNames.has(options.name)) {
    complain('anonymous', 'Only an account named `anonymous` or `ftp` can be anonymous.')
  }
  const paths = options.mounts.map((mount) => mount.path)
  if (new Set(paths).size < paths.length) complain('mounts', 'Two mounts have the same path.')
  if (hasControlCharacter(options.home)) complain('home', 'Names may not hold control characters.')
  // Mounts that are wrong themselves say nothing about home; they have complained already.
  else if (paths.length > 0 && !paths.some((path) => hasControlCharacter(path) || isNear(path, options.home))) {
    complain('home', 'It lies in no mount, and above none.')
  }
})

function isNear(mount: string, home: string): boolean {
  const [path, target] = [resolvePath(rootPath, mount), resolvePath(rootPath, home)]
  return isWithin(path, target) || isWithin(target, path)
}

function refuseUnusableHash(text: string, context: z.RefinementCtx): void {
  try {
    parsePasswordHash(text)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
}
