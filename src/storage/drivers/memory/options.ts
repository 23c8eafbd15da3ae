import { z } from 'zod'

/** What may stand beside `driver: memory`. */
export const memoryOptions = z.strictObject({
  pageEntries: z.int().min(1).default(1000).describe('How many entries one page of a listing holds.'),
})

export type MemoryOptions = z.output<typeof memoryOptions>
