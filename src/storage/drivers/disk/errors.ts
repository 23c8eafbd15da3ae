import { GatewayError, type ErrorCode } from '../../../core/errors.ts'
import { refusalSentences } from '../../refusal.ts'

const sentences = {
  ...refusalSentences,
  'permission-denied': 'The storage does not permit this.',
  'invalid-path': 'The storage cannot hold such a name.',
  unsupported: 'The storage cannot do this.',
  'too-large': 'The file is too large for the storage.',
  'storage-full': 'The storage is full.',
  unavailable: 'The storage does not answer.',
  corrupted: 'The storage does not hold what was sent.',
  'too-busy': 'Too many files are open.',
} as const satisfies Partial<Record<ErrorCode, string>>

/** The codes this driver speaks. */
export type DiskCode = keyof typeof sentences

/** What the system calls it, and what we call it. Whatever is not named here makes the storage 'unavailable'. */
const codes: ReadonlyMap<string, DiskCode> = new Map([
  ['ENOENT', 'not-found'],
  ['EEXIST', 'already-exists'],
  ['EISDIR', 'is-directory'],
  ['ENOTDIR', 'not-directory'],
  ['ENOTEMPTY', 'directory-not-empty'],
  ['EACCES', 'permission-denied'],
  ['EPERM', 'permission-denied'],
  ['EROFS', 'permission-denied'],
  ['ENAMETOOLONG', 'invalid-path'],
  ['EINVAL', 'invalid-path'],
  ['EILSEQ', 'invalid-path'],
  ['ERR_INVALID_ARG_VALUE', 'invalid-path'],
  ['ELOOP', 'not-found'],
  ['EXDEV', 'unsupported'],
  ['ENOTSUP', 'unsupported'],
  ['EOPNOTSUPP', 'unsupported'],
  ['EFBIG', 'too-large'],
  ['ENOSPC', 'storage-full'],
  ['EDQUOT', 'storage-full'],
  ['EMFILE', 'too-busy'],
  ['ENFILE', 'too-busy'],
  ['ENOMEM', 'too-busy'],
])

/** An error of ours with the sentence that belongs to its code. */
export function diskError(code: DiskCode, cause?: unknown): GatewayError {
  return new GatewayError(code, sentences[code], cause === undefined ? undefined : { cause })
}

/** What the system threw, as one of ours; ours stay as they are. */
export function translate(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return diskError(codes.get(systemCode(error)) ?? 'unavailable', error)
}

/** `ENOENT` and its like; empty for what is no system error. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

const missing = new Set(['not-found', 'not-directory', 'ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL'])

/** Whether an error means that nothing stands there, or that no folder leads there. */
export function isMissing(error: unknown): boolean {
  return missing.has(systemCode(error))
}

/** Throws errors of ours only. */
export async function translated<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    throw translate(error)
  }
}

/** A method that throws errors of ours only. */
export function translating<Arguments extends unknown[], Result>(
  call: (...given: Arguments) => Promise<Result>,
): (...given: Arguments) => Promise<Result> {
  return (...given) => translated(() => call(...given))
}
