import type { ContentProof } from '../../core/content-proof.ts'
import { semaphore } from '../../core/concurrency.ts'
import { GatewayError, isGatewayError } from '../../core/errors.ts'
import type { StageTicket } from '../contract.ts'
import { background, type Background } from './background.ts'
import { copyRanges, type CopyRange } from './copy-plan.ts'
import type { UploadEngine, UploadSpec } from './engine.ts'
import type { PartPlan } from './part-plan.ts'
import type { Filling } from './part-buffer.ts'
import { partsTable, type Prefix, type ResumedParts } from './parts-table.ts'
import { settled } from './settle.ts'
import type { StoredObject, StoredPart, UploadAddress } from './object-store.ts'
import { writeTicket } from './ticket.ts'

/** The store's side of an upload: its id, and the parts that stand there or are on their way. */
export interface RemoteUpload {
  ticket(): StageTicket
  /** How many bytes the beginning has that is copied inside the store, or was there already. */
  readonly startBytes: number
  /** Nothing was sent, and nothing is to be copied. */
  isEmpty(): boolean
  /** The number of the next part. */
  nextNumber(): number
  prefix(): Prefix
  /** Behind the copied beginning; null while that is not whole. */
  ownPrefix(): Prefix | null
  readonly work: Background
  /**
   * Sends the part in the background, and releases it then. Waits for a place first: until that is found, the part stays
   * the caller's. @throws GatewayError 'too-large' when all numbers are used; the signal's reason.
   */
  send(part: Filling, signal?: AbortSignal): Promise<void>
  /** Says before the first part what is known of the whole content, to be kept with it. */
  foretell(known: KnownContent): void
  /** All parts, once they are acknowledged. @throws GatewayError what failed before. */
  all(): Promise<AllParts>
  /** Makes the object of all parts. @throws GatewayError what failed before; as `settled` does. */
  complete(signal?: AbortSignal): Promise<{ readonly stored: StoredObject; readonly whole: Prefix }>
  /** As a `PartStream`. */
  resumedAt(bytes: number): ResumedParts | 'inside' | null
  /** Removes the parts from the store. Best effort. */
  abort(): Promise<void>
}

/** Hashes of a whole content, with what tells that it is that content. */
export interface KnownContent {
  readonly hashes: Readonly<Record<string, string>>
  readonly proof: ContentProof | null
}

export interface AllParts {
  readonly address: UploadAddress
  readonly parts: readonly StoredPart[]
  readonly whole: Prefix
}

/** A ticket is written again after so many bytes, where the store does not list checksums. */
const journalBytes = 67_108_864

export function remoteUpload(
  { store, parallelParts }: UploadEngine,
  spec: UploadSpec,
  { plan, resumed }: { readonly plan: PartPlan; readonly resumed: ResumedParts | null },
): RemoteUpload {
  const { rules } = store
  const { base, key, token } = spec
  const ranges = base === null ? [] : copyRanges(base.bytes, rules, plan)
  const copiedBytes = ranges.at(-1)?.end ?? 0
  const work = background(parallelParts)
  const table = partsTable(rules, { parts: resumed?.parts ?? [], known: knownPrefixes() })
  let lastNumber = Math.max(ranges.length, resumed?.parts.length ?? 0)
  const startBytes = Math.max(copiedBytes, table.prefix().bytes)
  let journaledBytes = table.prefix().bytes
  let uploadId = resumed?.uploadId ?? null
  let known: KnownContent = { hashes: {}, proof: null }
  let beginning: Promise<UploadAddress> | null = null

  function knownPrefixes(): readonly Prefix[] {
    const copied = { parts: ranges.length, bytes: copiedBytes, checksum: base?.checksum ?? null }
    const isKnown = copied.checksum !== null && copiedBytes === base?.bytes
    return [...(resumed?.known ?? []), ...(isKnown ? [copied] : [])]
  }

  const isListTrusted = resumed?.isListTrusted ?? true
  // Parts behind a gap are given up when another process goes on, and still listed then.
  const ticket = () =>
    writeTicket({ spec, uploadId, prefix: table.prefix(), isListTrusted: isListTrusted && !table.hasGap() })

  async function begin(): Promise<UploadAddress> {
    // Never broken off: an upload that the store has begun must be known here to be aborted.
    uploadId ??= await store.begin(key, {
      ...{ token, modified: spec.modified, ...known },
      hasCopies: ranges.length > 0,
    })
    if (resumed === null) await spec.journal?.(ticket())
    const address = { key, uploadId }
    const missing = ranges.map((range, index) => ({ range, number: index + 1 })).slice(table.prefix().parts)
    if (missing.length > 0) work.start(() => copyAll(address, missing))
    return address
  }

  const begun = () => (beginning ??= begin())

  async function copyAll(
    address: UploadAddress,
    missing: readonly { readonly range: CopyRange; readonly number: number }[],
  ): Promise<void> {
    const places = semaphore({ places: parallelParts })
    const source = { key: base?.key ?? key, ifVersion: base?.version ?? null }
    const copies = missing.map(({ range, number }) =>
      places.run(async () => {
        if (work.failure() !== null) return
        const part = { ...address, number }
        const stored = await copied(() => store.copyPart(part, { ...source, ...range }, { signal: work.stopped }))
        table.add({ ...stored, number, bytes: range.end - range.start })
      }),
    )
    // All of them, so that none is still under way when the upload is aborted.
    for (const { status, ...result } of await Promise.allSettled(copies)) {
      if (status === 'rejected' && 'reason' in result) throw result.reason
    }
  }

  async function sendAs(number: number, part: Filling): Promise<void> {
    try {
      const address = await begun()
      if (work.failure() !== null) return
      table.add(await part.send({ ...address, number }, work.stopped))
    } finally {
      await part.release()
    }
    await journalProgress()
  }

  /** So that a crash does not cost the knowledge of what was stored, where only we have it. */
  async function journalProgress(): Promise<void> {
    const { bytes } = table.prefix()
    const isListed = isListTrusted && (rules.listsChecksums || rules.checksum === null)
    if (isListed || bytes - journaledBytes < journalBytes) return
    journaledBytes = bytes
    try {
      await spec.journal?.(ticket())
    } catch {
      // The ticket written before is still true; the client would only go on from an earlier offset.
    }
  }

  async function all(): Promise<AllParts> {
    const address = await begun()
    await work.idle()
    if (work.failure() !== null) throw work.failure()
    return { address, parts: table.upTo(lastNumber), whole: table.prefix() }
  }

  async function complete(signal?: AbortSignal): Promise<{ stored: StoredObject; whole: Prefix }> {
    const { address, parts, whole } = await all()
    const promised = { key, token, bytes: whole.bytes, checksum: whole.checksum, isOfParts: true }
    const { bytes, checksum } = whole
    const options = { ifAbsent: spec.ifAbsent, bytes, checksum, signal }
    return { stored: await settled(store, promised, () => store.complete(address, parts, options)), whole }
  }

  return {
    ticket,
    startBytes,
    isEmpty: () => lastNumber === 0,
    nextNumber: () => lastNumber + 1,
    prefix: () => table.prefix(),
    ownPrefix: () => (table.prefix().parts >= ranges.length ? table.prefix() : null),
    work,
    async send(part, signal) {
      await work.place(signal)
      if (work.failure() !== null) throw work.failure()
      if (lastNumber >= rules.maxParts) throw tooLarge()
      const number = ++lastNumber
      work.start(() => sendAs(number, part))
    },
    foretell(content) {
      known = content
    },
    all,
    complete,
    resumedAt(bytes) {
      if (uploadId === null) return null
      const prefix = table.prefixOf(bytes)
      if (prefix === null) return 'inside'
      const parts = table.upTo(prefix.parts)
      return { uploadId, parts, known: [prefix], isListTrusted: isListTrusted && parts.length === lastNumber }
    },
    async abort() {
      if (uploadId !== null) await store.abort({ key, uploadId })
    },
  }
}

async function copied(copy: () => Promise<StoredPart>): Promise<StoredPart> {
  return copy().catch((error: unknown) => {
    if (!isGatewayError(error, 'not-found')) throw error
    throw new GatewayError('conflict', 'The file has changed meanwhile.', { cause: error })
  })
}

export function tooLarge(): GatewayError {
  return new GatewayError('too-large', 'The file is longer than the store takes.')
}
