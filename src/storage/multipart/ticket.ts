import { z } from 'zod'
import { parseKey, type ObjectKey } from '../../core/paths.ts'
import type { StageTicket } from '../contract.ts'
import type { UploadSpec } from './engine.ts'
import type { Prefix } from './parts-table.ts'

/** An upload as its ticket tells it. */
export interface TicketFacts {
  readonly spec: Omit<UploadSpec, 'journal'>
  /** Null while nothing was sent. */
  readonly uploadId: string | null
  /** It was suspended before anything was sent: it is still there, and empty. */
  readonly isEmpty?: boolean
  /** What was known to be stored when the ticket was written; more may be. */
  readonly prefix: Prefix
  /** Whether parts behind those are part of it, too, if the store lists them. */
  readonly isListTrusted: boolean
}

export const key = z.string().transform((text, context): ObjectKey => {
  try {
    return parseKey(text)
  } catch {
    // Which rule it breaks does not matter: nobody gave out such a ticket.
    context.addIssue('not a key')
    return z.NEVER
  }
})
export const count = z.int().min(0)
export const checksum = z
  .string()
  .regex(/^[0-9a-f]{1,16}$/)
  .transform((hex) => BigInt(`0x${hex}`))
  .nullable()

const schema = z.strictObject({
  v: z.literal(1),
  key,
  temporaryKey: key.nullable().optional(),
  owner: z.string(),
  token: z.string(),
  uploadId: z.string().min(1).nullable(),
  isEmpty: z.boolean().optional(),
  ifAbsent: z.boolean(),
  modified: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .nullable(),
  declaredBytes: count.nullable(),
  bufferBytes: count,
  base: z.strictObject({ key, version: z.string(), bytes: count, checksum }).nullable(),
  isListTrusted: z.boolean(),
  prefix: z.strictObject({ parts: count, bytes: count, checksum }),
})

/** The ticket of an upload: as short with ten thousand parts as with one. */
export function writeTicket({ spec, uploadId, isEmpty, prefix, isListTrusted }: TicketFacts): StageTicket {
  const { journal: _, modified, base, ...rest } = { journal: null, ...spec }
  return JSON.stringify({
    v: 1,
    ...rest,
    uploadId,
    ...(isEmpty && { isEmpty }),
    isListTrusted,
    modified: modified?.toISOString() ?? null,
    base: base && { ...base, checksum: hexOf(base.checksum) },
    prefix: { ...prefix, checksum: hexOf(prefix.checksum) },
  })
}

/** The ticket of an upload that is suspended. Where nothing was sent it says that the upload is there all the same. */
export function suspendedTicket(ticket: StageTicket): StageTicket {
  const facts = readTicket(ticket)
  return facts === null || facts.uploadId !== null ? ticket : writeTicket({ ...facts, isEmpty: true })
}

/** Null when it is no ticket of ours. */
export function readTicket(ticket: StageTicket): TicketFacts | null {
  const { success, data } = schema.safeParse(parsed(ticket))
  if (!success) return null
  const { v: _, uploadId, isEmpty, prefix, isListTrusted, temporaryKey, ...spec } = data
  const facts = { uploadId, ...(isEmpty && { isEmpty }), prefix, isListTrusted }
  return { spec: { ...spec, ...(temporaryKey && { temporaryKey }) }, ...facts }
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: no ticket, as with any other text.
    return null
  }
}

export function hexOf(value: bigint | null): string | null {
  return value?.toString(16) ?? null
}
