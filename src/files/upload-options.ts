import { z } from 'zod'
import { isTemporaryPattern } from './waiting/temporary-names.ts'
import { bytesSchema, durationSchema } from '../core/schema.ts'

/** What holds for the uploads of all accounts. Times are milliseconds once read, sizes bytes. */
export const uploadOptions = z.strictObject({
  sweepAfter: durationSchema({ min: 1000 })
    .prefault('1h')
    .describe('Age from which unfinished uploads of ours that nobody may resume are removed.'),
  keepFor: durationSchema({ min: 1000 })
    .prefault('24h')
    .describe('Time that a cut upload stays resumable, for accounts with `incompleteUploads: resume`.'),
  temporaryNames: z
    .array(z.string().refine(isTemporaryPattern, 'Expected one `*` and something else, such as *.filepart.'))
    .default(['*.filepart', '*.part', '*.tmp', '*.uploading', '.in.*'])
    .describe(
      'Names that uploads have until their client renames them to what stands for the `*`. In object storages such an upload ' +
        'is seen by its account alone, and the rename needs no copy. An empty list turns that off.',
    ),
  renameWithin: durationSchema({ min: 1000 })
    .prefault('3d')
    .describe(
      'Time that such an upload waits for its rename; then it becomes a file under its temporary name. Rules of the ' +
        'bucket that abort unfinished uploads have to wait longer.',
    ),
  mostWaiting: z
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe(
      'Uploads of one account that may wait for their rename at once, in one storage. One more is stored under its temporary ' +
        'name at once, for all to see, and renamed by a copy.',
    ),
  maxFileBytes: bytesSchema()
    .nullable()
    .prefault('200 GiB')
    .describe('Largest single file of any account; `null` for no limit. An account may have a smaller one.'),
})

/** Times in milliseconds, sizes in bytes. */
export type UploadOptions = Readonly<z.output<typeof uploadOptions>>
