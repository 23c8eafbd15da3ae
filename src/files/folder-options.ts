import { z } from 'zod'
import { durationSchema } from '../core/schema.ts'

/** How whole folders are moved and removed where the storage does it object by object. Times are milliseconds once read. */
export const folderOptions = z.strictObject({
  parallelCopies: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe('Copies at once while a folder is renamed. Other requests to the store come on top.'),
  mostMoved: z
    .int()
    .min(1)
    .nullable()
    .default(1_000_000)
    .describe('Objects in a folder that may be renamed; a larger folder is refused. `null` for no limit.'),
  retryEvery: durationSchema({ min: 1000 })
    .prefault('1m')
    .describe('How long a rename or removal that the store broke off waits until it goes on by itself.'),
})

/** Times in milliseconds. */
export type FolderOptions = Readonly<z.output<typeof folderOptions>>
