import { z } from 'zod'

/** What is written about the work of the server, and where. */
export const logOptions = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least weight of what is written. No level shows a password.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('`json`: one object a line. `pretty`: for people. `auto`: pretty on a terminal, else json.'),
  file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File that is appended to, its folder made when missing; `null`: standard output.'),
  transferLog: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File in the format of xferlog, a line for each file that was moved or removed; `null`: none.'),
})

export type LogOptions = Readonly<z.output<typeof logOptions>>
