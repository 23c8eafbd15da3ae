import { z } from 'zod'
import type { ObjectKey } from '../../../../core/paths.ts'
import type { StageTicket } from '../../../contract.ts'
import type { FileStats } from '../io/stats.ts'

/** The file an upload goes on from: enough to know it again. */
const base = z.strictObject({ dev: z.string(), ino: z.string(), bytes: z.int().min(0) })

const ticket = z.strictObject({
  v: z.literal(1),
  /** The staged file's name. */
  id: z.string().regex(/^[\w-]{1,64}$/),
  key: z.string(),
  start: z.int().min(0),
  base: base.nullable(),
  ifAbsent: z.boolean(),
  modified: z.number().nullable(),
})

export type Base = z.output<typeof base>

/** What a staged upload must remember over a restart. */
export interface Ticket extends Omit<z.output<typeof ticket>, 'v' | 'key'> {
  readonly key: ObjectKey
}

export function formatTicket(fields: Ticket): StageTicket {
  return JSON.stringify({ v: 1, ...fields })
}

/** Null for what is no ticket of this driver: there is nothing to find behind it. */
export function parseTicket(text: StageTicket): Ticket | null {
  const result = ticket.safeParse(jsonOrNull(text))
  return result.success ? { ...result.data, key: result.data.key as ObjectKey } : null
}

export function baseOf({ dev, ino, size }: FileStats): Base {
  return { dev: `${dev}`, ino: `${ino}`, bytes: size }
}

/** Whether a file is the one that was gone on from. */
export function isSameFile(known: Pick<Base, 'dev' | 'ino'>, { dev, ino }: FileStats): boolean {
  return known.dev === `${dev}` && known.ino === `${ino}`
}

export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Text that is no JSON says nothing, and that is the answer.
    return null
  }
}
