import type { OpenFile, Storage } from '../../contract.ts'
import type { DiskStageOptions } from './upload/uploads.ts'

export interface CopyServices {
  readonly read: Storage['read']
  readonly stage: (key: Parameters<Storage['stage']>[0], options: DiskStageOptions) => ReturnType<Storage['stage']>
}

/** `Storage.copy`: content, time and permission bits, by way of a staged file. */
export function diskCopy({ read, stage }: CopyServices): Storage['copy'] {
  return async (from, to, options = {}) => {
    const source: OpenFile = await read(from, options)
    const { modified, mode = 0o644 } = source.entry
    try {
      const upload = await stage(to, { ...options, modified, mode })
      try {
        await upload.append(source.body, options)
        return await upload.publish(options)
      } catch (error) {
        await upload.discard()
        throw error
      }
    } finally {
      await source.close()
    }
  }
}
