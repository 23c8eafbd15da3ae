import { resolvePath, rootPath } from '../core/paths.ts'
import type { Account } from './account.ts'
import type { AccountOptions } from './options.ts'
import { hashPassword, type RandomBytes } from './password-hash.ts'

/** The hash an account is checked against: as written, or made of its password now; null for an anonymous one. */
export async function hashFor(options: AccountOptions, random?: RandomBytes): Promise<string | null> {
  if (options.password === undefined) return options.passwordHash ?? null
  return hashPassword(Buffer.from(options.password), random)
}

/** What holds for all accounts, whatever they say of themselves. */
export interface GeneralLimits {
  /** Largest single file, in bytes; null: no limit. */
  readonly maxFileBytes: number | null
  /** `uploads.temporaryNames`. */
  readonly temporaryNames: readonly string[]
  /** `uploads.mostWaiting`. */
  readonly mostWaiting: number
}

/** The account as the rest of the program knows it. `hash` comes from `hashFor`. */
export function toAccount(
  options: AccountOptions,
  hash: string | null,
  general: GeneralLimits = { maxFileBytes: null, temporaryNames: [], mostWaiting: 0 },
): Account {
  const { password: _password, passwordHash: _written, anonymous: _anonymous, quota, bandwidth, ...same } = options
  return Object.freeze({
    ...same,
    passwordHash: hash,
    permissions: new Set(options.permissions),
    mounts: options.mounts.map((mount) => ({ ...mount, path: resolvePath(rootPath, mount.path) })),
    home: resolvePath(rootPath, options.home),
    temporaryNames: general.temporaryNames,
    mostWaiting: general.mostWaiting,
    maxFileBytes: smaller(options.maxFileBytes ?? null, general.maxFileBytes),
    quotaBytes: quota ?? null,
    bandwidth: { upload: bandwidth.upload ?? null, download: bandwidth.download ?? null },
    sessions: options.sessions ?? null,
    expires: options.expires ?? null,
    charset: options.charset ?? null,
    uploadEnd: options.uploadEnd ?? null,
  })
}

function smaller(own: number | null, general: number | null): number | null {
  if (own === null || general === null) return own ?? general
  return Math.min(own, general)
}
