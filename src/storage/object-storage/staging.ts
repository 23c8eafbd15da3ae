import { GatewayError } from '../../core/errors.ts'
import { rootKey, type ObjectKey } from '../../core/paths.ts'
import type { CallOptions, FileEntry, PublishOptions, SealedUpload, StagedUpload, StageOptions } from '../contract.ts'
import { PassedOnUpload } from '../passed-on-upload.ts'
import { refuseHidden } from './bucket-keys.ts'
import { bufferBytesOf, type UploadBase, type UploadEngine, type UploadSpec } from '../multipart/engine.ts'
import { stagedMultipart } from '../multipart/staged-multipart.ts'
import { headFile, requireParent } from './looking.ts'
import type { ObjectStorageParts } from './parts.ts'
import { refusal } from '../refusal.ts'

/** Opens an upload. Asks the store only where something of what is there stays, or nothing may be there. */
export async function stage(
  parts: ObjectStorageParts,
  engine: UploadEngine,
  options: StageOptions & { readonly key: ObjectKey },
): Promise<StagedUpload> {
  const { key, finalKey = key, start = 0, ifAbsent = false, declaredBytes = null, signal } = options
  const call = { signal }
  requireFileName(parts, key)
  requireFileName(parts, finalKey)
  await requireParent(parts, key, call)
  const spec: UploadSpec = {
    ...(finalKey !== key && { temporaryKey: key }),
    ...{
      key: finalKey,
      ifAbsent,
      owner: options.owner ?? '',
      token: engine.newToken(),
      journal: options.journal ?? null,
    },
    modified: options.modified ?? null,
    declaredBytes: declaredBytes === null ? null : declaredBytes + start,
    bufferBytes: bufferBytesOf(engine),
    base: start > 0 || ifAbsent ? await baseOf(parts, { ...call, key, start, ifAbsent }) : null,
  }
  return withinParent(parts, key, stagedMultipart(engine, spec))
}

/** @throws GatewayError 'is-directory' for what is known to be one, 'permission-denied' and 'invalid-path'. */
function requireFileName(parts: ObjectStorageParts, key: ObjectKey): void {
  if (key === rootKey || parts.directories.has(key)) throw refusal('is-directory')
  refuseHidden(key)
  parts.keys.object(key)
}

/** What stays of what is there. @throws GatewayError 'already-exists' for `ifAbsent`, 'invalid-restart'. */
async function baseOf(
  parts: ObjectStorageParts,
  {
    key,
    start,
    ifAbsent,
    ...call
  }: Pick<StageOptions, 'signal'> & {
    readonly key: ObjectKey
    readonly start: number
    readonly ifAbsent: boolean
  },
): Promise<UploadBase | null> {
  const old = await headFile(parts, key, call)
  if (ifAbsent && old !== null) throw refusal('already-exists')
  if (start > (old?.bytes ?? 0)) throw new GatewayError('invalid-restart', 'Fewer bytes than that are stored.')
  if (old === null || start === 0) return null
  // The store knows a checksum of the whole only.
  return { key, version: old.etag, bytes: start, checksum: start === old.bytes ? old.checksum : null }
}

/** A folder that was removed meanwhile does not come back by a file put into it. */
export function withinParent(parts: ObjectStorageParts, key: ObjectKey, upload: StagedUpload): StagedUpload {
  return new WithinParent(upload, (at, call) => requireParent(parts, at ?? key, call))
}

type RequireParent = (at: ObjectKey | undefined, call: CallOptions) => Promise<void>

class WithinParent extends PassedOnUpload {
  readonly seal?: () => Promise<SealedUpload>
  readonly #require: RequireParent

  constructor(upload: StagedUpload, require: RequireParent) {
    super(upload)
    this.#require = require
    const seal = upload.seal?.bind(upload)
    if (seal === undefined) return
    this.seal = async () => {
      await require(undefined, {})
      return seal()
    }
  }

  override async publish(options: PublishOptions = {}): Promise<FileEntry> {
    const { as, ...call } = options
    await this.#require(as, call)
    return super.publish(options)
  }
}
