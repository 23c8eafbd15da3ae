import type { ObjectKey } from '../core/paths.ts'
import type { FileEntry, StageOptions, Storage } from './contract.ts'

/**
 * Stores a body under a key: stage, append, publish; and discard when anything throws, so that nothing is left and the
 * old content stays. For callers that need no policy of their own. @throws as those three do.
 */
export async function write(
  storage: Storage,
  key: ObjectKey,
  body: AsyncIterable<Uint8Array>,
  options: StageOptions = {},
): Promise<FileEntry> {
  const { signal } = options
  const call = { signal }
  const upload = await storage.stage(key, options)
  try {
    await upload.append(body, call)
    return await upload.publish(call)
  } catch (error) {
    await upload.discard()
    throw error
  }
}
