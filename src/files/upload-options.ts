import { z } from 'zod'
import { bytesSchema, durationSchema } from '../core/schema.ts'

/** What holds for the uploads of all accounts. Times are milliseconds once read, sizes bytes. */
export const uploadOptions = z.strictObject({
  sweepAfter: durationSchema({ min: 1000 })
    .prefault('1h')
    .describe('Age from which unfinished uploads of ours that nobody may resume are removed.'),
  keepFor: durationSchema({ min: 1000 })
    .prefault('24h')
    .describe('Time that a cut upload stays resumable, for accounts with `incompleteUploads: resume`.'),
  maxFileBytes: bytesSchema()
    .nullable()
    .prefault('200 GiB')
    .describe('Largest single file of any account; `null` for no limit. An account may have a smaller one.'),
})

/** Times in milliseconds, sizes in bytes. */
export type UploadOptions = Readonly<z.output<typeof uploadOptions>>
