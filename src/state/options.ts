import { z } from 'zod'

/** Where small facts are kept that outlive the process. */
export const stateOptions = z.strictObject({
  directory: z
    .string()
    .min(1)
    .default('./.sluice')
    .describe(
      'Folder for kept uploads, the self-made certificate and the like. Made when missing, readable by its owner only.',
    ),
})

export type StateOptions = Readonly<z.output<typeof stateOptions>>
