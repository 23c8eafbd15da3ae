import { z } from 'zod'

/** What may stand beside `driver: disk`. */
export const diskOptions = z.strictObject({
  directory: z
    .string()
    .min(1)
    .describe('The folder that holds the files. It is made when it is missing. A folder .sluice inside it is ours.'),
  sync: z
    .boolean()
    .default(true)
    .describe(
      'Whether an upload is forced onto the disk before the client reads 226. Without it a power cut can take the last uploads; a crash of the gateway cannot.',
    ),
})

export type DiskOptions = z.output<typeof diskOptions>
