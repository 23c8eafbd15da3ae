import { GatewayError } from '../core/errors.ts'

/** A stored password hash, taken apart. */
export type PasswordHash = Argon2idHash | ScryptHash | BcryptHash

export interface Argon2idHash {
  readonly scheme: 'argon2id'
  readonly memoryKibibytes: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

export interface ScryptHash {
  readonly scheme: 'scrypt'
  /** Binary logarithm of the cost. */
  readonly costLog2: number
  readonly blockSize: number
  readonly lanes: number
  readonly salt: Uint8Array
  readonly tag: Uint8Array
}

export interface BcryptHash {
  readonly scheme: 'bcrypt'
  readonly costLog2: number
  readonly text: string
}

/** What a hash may ask of this machine for each guess that anybody makes. */
export const hashBounds = {
  argon2MemoryKibibytes: 2 ** 20,
  argon2Passes: 64,
  argon2Lanes: 64,
  scryptMemoryBytes: 2 ** 30,
  scryptLanes: 16,
  bcryptCostLog2: 16,
  saltBytes: { least: 8, most: 64 },
  tagBytes: { least: 16, most: 128 },
} as const

const argon2idPattern = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$([^$]+)\$([^$]+)$/
const scryptPattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,5}),p=(\d{1,5})\$([^$]+)\$([^$]+)$/
const bcryptPattern = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/**
 * Takes a stored hash apart: a PHC string (argon2id, scrypt) or a bcrypt hash.
 * @throws GatewayError 'unsupported' with a sentence that says what is wrong, without the hash.
 */
export function parsePasswordHash(text: string): PasswordHash {
  if (text.startsWith('$argon2id$')) return parseArgon2id(text)
  if (text.startsWith('$scrypt$')) return parseScrypt(text)
  if (text.startsWith('$2')) return parseBcrypt(text)
  throw unusable('expected $argon2id$…, $scrypt$… or $2b$…, as `sluice hash-password` prints it')
}

/** The text of a hash, as it is stored. */
export function formatPasswordHash(hash: PasswordHash): string {
  if (hash.scheme === 'bcrypt') return hash.text
  const end = `${encode(hash.salt)}$${encode(hash.tag)}`
  if (hash.scheme === 'scrypt') return `$scrypt$ln=${hash.costLog2},r=${hash.blockSize},p=${hash.lanes}$${end}`
  return `$argon2id$v=19$m=${hash.memoryKibibytes},t=${hash.passes},p=${hash.lanes}$${end}`
}

function parseArgon2id(text: string): Argon2idHash {
  const match = argon2idPattern.exec(text)
  if (match === null) throw unusable('expected $argon2id$v=19$m=…,t=…,p=…$salt$hash')
  const [memoryKibibytes, passes, lanes] = numbers(match)
  check('p', lanes, 1, hashBounds.argon2Lanes)
  check('m', memoryKibibytes, 8 * lanes, hashBounds.argon2MemoryKibibytes)
  check('t', passes, 1, hashBounds.argon2Passes)
  return { scheme: 'argon2id', memoryKibibytes, passes, lanes, ...saltAndTag(match) }
}

function parseScrypt(text: string): ScryptHash {
  const match = scryptPattern.exec(text)
  if (match === null) throw unusable('expected $scrypt$ln=…,r=…,p=…$salt$hash')
  const [costLog2, blockSize, lanes] = numbers(match)
  check('p', lanes, 1, hashBounds.scryptLanes)
  check('ln', costLog2, 1, 30)
  check('r', blockSize, 1, Math.floor(hashBounds.scryptMemoryBytes / 128 / 2 ** costLog2))
  return { scheme: 'scrypt', costLog2, blockSize, lanes, ...saltAndTag(match) }
}

function parseBcrypt(text: string): BcryptHash {
  const costLog2 = Number(bcryptPattern.exec(text)?.[1])
  if (Number.isNaN(costLog2)) throw unusable('expected $2b$ (or $2a$, $2y$), two digits, $ and 53 characters')
  check('the cost', costLog2, 4, hashBounds.bcryptCostLog2)
  return { scheme: 'bcrypt', costLog2, text }
}

function numbers(match: RegExpExecArray): [number, number, number] {
  return [Number(match[1]), Number(match[2]), Number(match[3])]
}

function check(name: string, value: number, least: number, most: number): void {
  if (value < least || value > most) throw unusable(`${name} must lie between ${least} and ${most}`)
}

function saltAndTag(match: RegExpExecArray): { salt: Uint8Array; tag: Uint8Array } {
  const salt = decode(match[4] ?? '')
  const tag = decode(match[5] ?? '')
  check('the length of the salt', salt.length, hashBounds.saltBytes.least, hashBounds.saltBytes.most)
  check('the length of the hash', tag.length, hashBounds.tagBytes.least, hashBounds.tagBytes.most)
  return { salt, tag }
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64').replaceAll('=', '')
}

function decode(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  // Node skips what it does not know; only what reads back as the same was right.
  if (encode(bytes) !== text) throw unusable('salt and hash are base64 without padding')
  return bytes
}

function unusable(reason: string): GatewayError {
  return new GatewayError('unsupported', `Not a usable password hash: ${reason}.`)
}
