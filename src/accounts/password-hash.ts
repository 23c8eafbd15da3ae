import { argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { bcryptMatches } from './bcrypt.ts'
import {
  formatPasswordHash,
  parsePasswordHash,
  type Argon2idHash,
  type PasswordHash,
  type ScryptHash,
} from './password-hash-text.ts'

/** Gives that many bytes nobody can guess. */
export type RandomBytes = (bytes: number) => Uint8Array

const argon2Async = promisify(argon2)

/** The OWASP minimum for argon2id; about 23 ms and 19 MiB for each guess. */
const ownParameters = { memoryKibibytes: 19_456, passes: 2, lanes: 1, saltBytes: 16, tagBytes: 32 } as const

/** Hashes a new password with argon2id (RFC 9106): the PHC string to be stored. */
export async function hashPassword(password: Uint8Array, random: RandomBytes = randomBytes): Promise<string> {
  const { saltBytes, tagBytes, ...cost } = ownParameters
  const empty: Argon2idHash = { scheme: 'argon2id', ...cost, salt: random(saltBytes), tag: new Uint8Array(tagBytes) }
  return formatPasswordHash({ ...empty, tag: await argon2idTag(empty, password) })
}

/**
 * Whether the password is the one behind a stored hash (argon2id, scrypt, bcrypt), compared in constant time.
 * @throws GatewayError 'unsupported' when the hash is none of these; see `parsePasswordHash`.
 */
export async function verifyPassword(stored: string, password: Uint8Array): Promise<boolean> {
  const hash = parsePasswordHash(stored)
  if (hash.scheme === 'bcrypt') return bcryptMatches(hash.text, password)
  const tag = hash.scheme === 'scrypt' ? await scryptTag(hash, password) : await argon2idTag(hash, password)
  return timingSafeEqual(tag, hash.tag)
}

/** A hash with the same parameters, thus the same cost, that belongs to no password. */
export function hashOfNobody(like: string, random: RandomBytes = randomBytes): string {
  const hash: PasswordHash = parsePasswordHash(like)
  if (hash.scheme !== 'bcrypt') {
    return formatPasswordHash({ ...hash, salt: random(hash.salt.length), tag: random(hash.tag.length) })
  }
  // A salt's last character, and a hash's, hold two bits and four that count; a full stop is right for both.
  const letters = Buffer.from(random(36)).toString('base64').replaceAll('+', '.')
  return `${hash.text.slice(0, 7)}${letters.slice(0, 21)}.${letters.slice(0, 30)}.`
}

/** The cost of what `hashPassword` makes, belonging to no password. */
export function freshHashOfNobody(random: RandomBytes = randomBytes): string {
  const { saltBytes, tagBytes, ...cost } = ownParameters
  return formatPasswordHash({ scheme: 'argon2id', ...cost, salt: random(saltBytes), tag: random(tagBytes) })
}

function argon2idTag(hash: Argon2idHash, password: Uint8Array): Promise<Uint8Array> {
  return argon2Async('argon2id', {
    message: password,
    nonce: hash.salt,
    parallelism: hash.lanes,
    tagLength: hash.tag.length,
    memory: hash.memoryKibibytes,
    passes: hash.passes,
  })
}

function scryptTag(hash: ScryptHash, password: Uint8Array): Promise<Uint8Array> {
  const cost = { cost: 2 ** hash.costLog2, blockSize: hash.blockSize, parallelization: hash.lanes }
  // Node's own bound is 32 MiB; ours was checked when the hash was read. The lanes and two blocks come on top.
  const maxmem = 128 * hash.blockSize * (cost.cost + hash.lanes + 2)
  return new Promise((resolve, reject) => {
    scrypt(password, hash.salt, hash.tag.length, { ...cost, maxmem }, (error, tag) => {
      if (error) reject(error)
      else resolve(tag)
    })
  })
}
