import { randomInt } from 'node:crypto'
import fs from 'node:fs'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountOptions, type AccountOptions } from '../../accounts/options.ts'
import { hashPassword } from '../../accounts/password-hash.ts'
import { makeFolders } from '../../core/folders.ts'
import { accountFor } from './flags.ts'

/** The account of a gateway that was given none. */
export interface FirstAccount {
  readonly account: AccountOptions
  /** Null when it was made by an earlier start: only its hash is kept. */
  readonly password: string | null
  /** Keeps the hash for later starts. Done once the gateway runs, so that a password is never kept unseen. */
  keep(): Promise<void>
}

export interface FirstAccountOptions {
  readonly stateDirectory: string
  readonly name: string
  /** Makes a new password although one is kept. */
  readonly isRenewed: boolean
}

// No letters or digits that look alike.
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Finds the account that an earlier start has made, or makes one with a password of about 79 bits. */
export async function firstAccount({ stateDirectory, name, isRenewed }: FirstAccountOptions): Promise<FirstAccount> {
  const file = join(stateDirectory, 'first-account.json')
  const kept = isRenewed ? null : await readKept(file)
  if (kept?.name === name)
    return { account: accountWith(name, kept.passwordHash), password: null, keep: async () => {} }
  const password = randomPassword()
  const passwordHash = await hashPassword(Buffer.from(password))
  return {
    account: accountWith(name, passwordHash),
    password,
    async keep() {
      makeFolders(fs, stateDirectory, { mode: 0o700 })
      await writeFile(`${file}.new`, `${JSON.stringify({ name, passwordHash })}\n`, { mode: 0o600 })
      await chmod(`${file}.new`, 0o600)
      await rename(`${file}.new`, file)
    },
  }
}

function accountWith(name: string, passwordHash: string): AccountOptions {
  return Object.freeze(accountOptions.parse(accountFor(name, { passwordHash })))
}

async function readKept(file: string): Promise<{ readonly name: string; readonly passwordHash: string } | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    const { name, passwordHash } = value as Record<string, unknown>
    return typeof name === 'string' && typeof passwordHash === 'string' ? { name, passwordHash } : null
  } catch {
    // Not there, or not ours: a new one is made, and shown.
    return null
  }
}

function randomPassword(): string {
  const letters = Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)])
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4).join('')).join('-')
}
