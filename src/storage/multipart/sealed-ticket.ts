import { z } from 'zod'
import type { ObjectKey } from '../../core/paths.ts'
import type { StageTicket } from '../contract.ts'
import type { WholeContent } from './part-stream-contract.ts'
import { checksum, count, hexOf, key, parsed } from './ticket.ts'

/** A sealed upload as its ticket tells it. */
export interface SealedFacts extends WholeContent {
  /** The one it is bound to. */
  readonly key: ObjectKey
  readonly token: string
  readonly modified: Date | null
}

const schema = z.strictObject({
  v: z.literal(1),
  isSealed: z.literal(true),
  key,
  token: z.string(),
  modified: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .nullable(),
  uploadId: z.string().min(1).nullable(),
  parts: z.array(z.tuple([count, z.string(), checksum])),
  bytes: count,
  checksum,
  hashes: z.record(z.string(), z.string()),
})

/** Names every part, with what proves it: the content is published without asking the store what it has. */
export function writeSealedTicket({ modified, parts, checksum: whole, ...rest }: SealedFacts): StageTicket {
  return JSON.stringify({
    v: 1,
    isSealed: true,
    ...rest,
    modified: modified?.toISOString() ?? null,
    checksum: hexOf(whole),
    parts: parts.map((part) => [part.bytes, part.etag, hexOf(part.checksum)]),
  })
}

/** Null when it is no ticket of a sealed upload. */
export function readSealedTicket(ticket: StageTicket): SealedFacts | null {
  const { success, data } = schema.safeParse(parsed(ticket))
  if (!success) return null
  const { v: _, isSealed: __, parts, ...rest } = data
  return {
    ...rest,
    parts: parts.map(([bytes, etag, told], index) => ({ number: index + 1, bytes, etag, checksum: told })),
  }
}
