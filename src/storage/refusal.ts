import { GatewayError, type ErrorCode } from '../core/errors.ts'

/** What every kind of storage refuses, in the same words: a client does not know on which kind its files are. */
export const refusalSentences = {
  'not-found': 'No such file or folder.',
  'already-exists': 'Something of that name is there already.',
  'is-directory': 'This is a folder.',
  'not-directory': 'A file is no folder.',
  'directory-not-empty': 'The folder is not empty.',
  'invalid-restart': 'The file is shorter than that.',
  conflict: 'The file has changed.',
} as const satisfies Partial<Record<ErrorCode, string>>

/** An error with the sentence that belongs to its code. */
export function refusal(code: keyof typeof refusalSentences, cause?: unknown): GatewayError {
  return new GatewayError(code, refusalSentences[code], cause === undefined ? undefined : { cause })
}
