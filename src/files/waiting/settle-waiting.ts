import { isGatewayError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { parentKey, type ObjectKey } from '../../core/paths.ts'
import type { WaitingUpload, WaitingUploads } from '../../state/waiting-uploads.ts'
import type { Storage } from '../../storage/contract.ts'
import { makeDirectories } from '../folders.ts'
import { divertWaiting } from './settling.ts'

export interface SettleWaitingOptions {
  /** By their names in the configuration. */
  readonly storages: ReadonlyMap<string, Storage>
  readonly waiting: WaitingUploads
  readonly logger: Logger
  /** Uploads that wait since before then become files under their temporary names. */
  readonly before: Date
}

/**
 * Ends what a crash or a fault of the store has left in the middle, and lets uploads that nobody has renamed become files, for
 * all to see, under the names that their clients gave them. What cannot be done now is left as it is: nothing is discarded.
 */
export async function settleWaiting(options: SettleWaitingOptions): Promise<void> {
  for (const upload of await options.waiting.all()) {
    const inner = options.storages.get(upload.storage)
    if (inner?.sealed === undefined) continue
    try {
      await settleOne(options, { ...inner, sealed: inner.sealed }, upload)
    } catch (error) {
      const { account, storage, key } = upload
      options.logger.warn('a waiting upload stays as it is for now', { account, storage, key, error })
    }
  }
}

async function settleOne(
  { waiting, logger, before }: SettleWaitingOptions,
  inner: Storage & Required<Pick<Storage, 'sealed'>>,
  upload: WaitingUpload,
): Promise<void> {
  const { id, account, storage, key, intent, endedAt } = upload
  const context = { inner, sealed: inner.sealed, waiting, logger }
  if (intent === 'publish') return await settlePublished(context, upload)
  if (intent === null && endedAt >= before) return
  const divert = async () => divertWaiting(context, upload, { to: key as ObjectKey })
  try {
    await divert()
  } catch (error) {
    // What was begun was done, but for taking out its line; or the store has lost it, which the log tells.
    if (!(await waiting.all({ storage })).some((other) => other.id === id)) return
    if (!isGatewayError(error, 'not-found')) throw error
    await makeDirectories(inner, parentKey(key as ObjectKey))
    await divert()
  }
  const message =
    intent === null ? 'an upload was not renamed in time, and has its temporary name now' : 'a broken rename was mended'
  logger.warn(message, { account, storage, key })
}

/** Its rename has perhaps happened, and nobody could tell. */
async function settlePublished(
  { sealed, waiting }: Pick<Parameters<typeof divertWaiting>[0], 'sealed' | 'waiting'>,
  { id, ticket }: WaitingUpload,
): Promise<void> {
  if (!(await waiting.claim(id))) return
  try {
    if ((await sealed.fate(ticket)) === 'waiting') await waiting.intend(id, null)
    else await waiting.remove(id)
  } finally {
    await waiting.release(id)
  }
}
