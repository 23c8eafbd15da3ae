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
  database: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'Expected postgresql://user:password@host/database.')
    .meta({ writeOnly: true })
    .optional()
    .describe(
      'A PostgreSQL database, `postgresql://user:password@host/database`, for gateways that share kept uploads, quotas and journals. Left out: SQLite, in the folder.',
    ),
})

export type StateOptions = Readonly<z.output<typeof stateOptions>>
