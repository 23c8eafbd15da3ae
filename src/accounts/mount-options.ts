import { z } from 'zod'
import { isGatewayError } from '../core/errors.ts'
import { hasControlCharacter, parseKey, resolvePath, rootPath } from '../core/paths.ts'

/** A storage, and where an account sees it. */
export const mountOptions = z.strictObject({
  path: z
    .string()
    .regex(/^\//, 'Expected an absolute path.')
    .refine((path) => !hasControlCharacter(path), 'Names may not hold control characters.')
    .overwrite((path) => (hasControlCharacter(path) ? path : resolvePath(rootPath, path)))
    .default('/')
    .describe('Where it appears in the account’s tree.'),
  storage: z.string().min(1).describe('A name under `storages`.'),
  prefix: z
    .string()
    .refine(isPrefix, 'Expected names with single slashes between them, without `.` and `..`.')
    .default('')
    .describe('The part of the storage that is seen; empty: all of it.'),
  readOnly: z.boolean().default(false).describe('Nothing below it can be changed.'),
})

function isPrefix(text: string): boolean {
  try {
    parseKey(text)
    return true
  } catch (error) {
    if (isGatewayError(error, 'invalid-path')) return false
    throw error
  }
}
