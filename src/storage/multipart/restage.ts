import type { CallOptions, StagedUpload, StageTicket } from '../contract.ts'
import type { UploadEngine, UploadSpec } from './engine.ts'
import type { ResumedParts } from './parts-table.ts'
import type { StoredPart, StoreRules } from './object-store.ts'
import { stagedMultipart } from './staged-multipart.ts'
import { readTicket, type TicketFacts } from './ticket.ts'

/** Finds an upload again by its ticket; null when it is gone, or when nothing of it was sent and it was not suspended. */
export async function restageMultipart(
  engine: UploadEngine,
  ticket: StageTicket,
  { journal = null, ...call }: CallOptions & Partial<Pick<UploadSpec, 'journal'>> = {},
): Promise<StagedUpload | null> {
  const facts = readTicket(ticket)
  if (facts === null) return null
  const spec = { ...facts.spec, journal }
  if (facts.uploadId === null) return nothingSent(engine, { spec, isEmpty: facts.isEmpty ?? false }, call)
  const address = { key: spec.key, uploadId: facts.uploadId }
  const listed = await engine.store.listParts(address, call)
  if (listed === null) return null
  const resumed = trusted(facts, listed, engine.store.rules)
  if (!resumed.isListTrusted && facts.isListTrusted && journal === null) {
    // The next crash would find old parts among the new ones, and a ticket that trusts them all.
    await engine.store.abort(address, call)
    return null
  }
  return stagedMultipart(engine, spec, resumed)
}

/**
 * Nothing but the beginning of an old file would be there: it is, if that file is still the same. Without one, what was
 * suspended stays at 0 bytes. Were it gone, its owner would be told the length of the file it was to replace, and go on from that.
 */
async function nothingSent(
  engine: UploadEngine,
  { spec, isEmpty }: { readonly spec: UploadSpec; readonly isEmpty: boolean },
  call: CallOptions,
): Promise<StagedUpload | null> {
  if (spec.base === null) return isEmpty ? stagedMultipart(engine, spec) : null
  const head = await engine.store.head(spec.base.key, call)
  return head?.version === spec.base.version ? stagedMultipart(engine, spec) : null
}

/**
 * The parts to go on from: without a gap, none too short to stand between others, and each proved, by the checksum that
 * the store lists or by what was known when the ticket was written. A part whose answer we never had is neither.
 */
function trusted(facts: TicketFacts, listed: readonly StoredPart[], rules: StoreRules): ResumedParts {
  const { prefix, uploadId } = facts
  const known = listed.slice(0, prefix.parts).reduce((sum, part) => sum + part.bytes, 0) === prefix.bytes
  const provedParts = known ? prefix.parts : 0
  const parts: StoredPart[] = []
  for (const part of listed) {
    const isListed = facts.isListTrusted && (part.checksum !== null || rules.checksum === null)
    const isProved = part.number <= provedParts || isListed
    if (part.number !== parts.length + 1 || part.bytes < rules.minPartBytes || !isProved) break
    if (rules.wantsEqualParts && part.bytes !== listed[0]?.bytes) break
    parts.push(part)
  }
  // The very next one is written anew before any other.
  const isListTrusted = facts.isListTrusted && listed.every((part) => part.number <= parts.length + 1)
  return { uploadId: uploadId ?? '', parts, known: known ? [prefix] : [], isListTrusted }
}
