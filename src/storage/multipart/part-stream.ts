import { GatewayError } from '../../core/errors.ts'
import { abortedError } from '../abortable.ts'
import type { CallOptions } from '../contract.ts'
import { contentHashes, smallHashes } from './content-hashes.ts'
import type { Published, UploadEngine, UploadSpec } from './engine.ts'
import { longPart } from './long-part.ts'
import { factsOfNothing, partBuffer, type Filling } from './part-buffer.ts'
import { partPlan } from './part-plan.ts'
import type { PartStream, WholeContent } from './part-stream-contract.ts'
import type { ResumedParts } from './parts-table.ts'
import { proofOf, toldProof } from './proof.ts'
import { remoteUpload, tooLarge } from './remote-upload.ts'
import { settled } from './settle.ts'
import { refusal } from '../refusal.ts'

/**
 * Cuts content into parts as it comes. Up to one part it stays in memory and is published by one request; beyond, parts
 * are sent as soon as they are full, and some at once. With `resumed` it goes on behind those parts.
 */
export function partStream(engine: UploadEngine, spec: UploadSpec, resumed: ResumedParts | null = null): PartStream {
  const { store, budget } = engine
  const { rules } = store
  const { base, declaredBytes, bufferBytes, token } = spec
  const plan = partPlan({ rules, bufferBytes, declaredBytes })
  const remote = remoteUpload(engine, spec, { plan, resumed })
  const hashes = remote.startBytes === 0 ? contentHashes(engine.hashNames) : null
  let bytes = remote.startBytes
  let shortParts = 0
  let filling: Filling | null = null
  let isReady = false
  let isDone = false

  function open(): Filling {
    const number = remote.nextNumber()
    if (number > rules.maxParts) throw tooLarge()
    const partBytes = plan.partBytes(number)
    if (partBytes > bufferBytes) return longPart({ engine, spec, number, partBytes, open: partStream })
    const isFirst = remote.isEmpty() && base === null
    const mayBeShort = !rules.wantsEqualParts && shortParts < plan.spareParts
    // A quarter: parts that are much shorter than planned use up numbers, and requests.
    const leastBytes = mayBeShort
      ? Math.max(Math.min(rules.minPartBytes, partBytes), Math.ceil(partBytes / 4))
      : partBytes
    const lane = isFirst ? ('small' as const) : ('part' as const)
    return partBuffer({ rules, store, budget, owner: spec.owner, lane, partBytes, leastBytes })
  }

  const memory = () => (remote.isEmpty() ? (filling?.memory() ?? null) : null)

  async function dispatch(part: Filling, signal?: AbortSignal): Promise<void> {
    if (part.bytes() < plan.partBytes(remote.nextNumber())) shortParts++
    await remote.send(part, signal)
    filling = null
  }

  async function take(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    if (bytes + chunk.length > rules.maxObjectBytes) throw tooLarge()
    for (let offset = 0; offset < chunk.length;) {
      filling ??= open()
      const rest = offset === 0 ? chunk : chunk.subarray(offset)
      const taken = await filling.write(rest, signal)
      if (taken === 0) await dispatch(filling, signal)
      hashes?.update(rest.subarray(0, taken))
      offset += taken
      bytes += taken
    }
  }

  /** The end of what stays, where it is too short for a copy: it is read, once, and sent in front of what comes. */
  async function ready(signal?: AbortSignal): Promise<void> {
    if (isReady) return
    if (base !== null && bytes < base.bytes) {
      const { key, version } = base
      const range = { key, ifVersion: version, start: bytes, end: base.bytes }
      for await (const chunk of store.read(range, { signal })) await take(chunk, signal)
      if (bytes !== base.bytes) throw refusal('conflict')
    }
    isReady = true
  }

  async function write(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    if (remote.work.failure() !== null) throw remote.work.failure()
    if (signal?.aborted) throw abortedError(signal)
    if (!isReady) await ready(signal)
    await take(chunk, signal)
  }

  async function publish({ key = spec.key, signal }: Parameters<PartStream['publish']>[0]): Promise<Published> {
    if (remote.work.failure() !== null) throw remote.work.failure()
    await ready(signal)
    const isWhole = remote.isEmpty() && (filling === null || memory() !== null)
    const published = isWhole ? await publishWhole(key, { signal }) : await publishParts(key, signal)
    isDone = true
    await release()
    return published
  }

  async function publishWhole(key: Published['key'], call: CallOptions): Promise<Published> {
    const { modified, ifAbsent } = spec
    const part = memory()
    const facts = part?.facts() ?? factsOfNothing(rules)
    const body = part?.body() ?? []
    const known = { ...smallHashes(body), ...hashes?.values() }
    const options = { ...facts, ...call, token, modified, ifAbsent, hashes: known }
    const promised = { key, token, bytes, checksum: facts.checksum, isOfParts: false }
    const stored = await settled(store, promised, () => store.putWhole(key, body, options))
    // A resumed upload of which nothing was left.
    await aborted()
    const { checksum } = facts
    return { key, bytes, stored, modified, hashes: known, checksum, proof: proofOf(rules, facts, stored) }
  }

  async function publishParts(key: Published['key'], signal?: AbortSignal): Promise<Published> {
    if (key !== spec.key) {
      throw new GatewayError('unsupported', 'The upload can only be published under the name it was begun for.')
    }
    if (filling !== null) await dispatch(filling, signal)
    const { stored, whole: all } = await remote.complete(signal)
    const { modified } = spec
    const { checksum } = all
    const proof = proofOf(rules, { checksum, md5: null }, stored)
    return { key, bytes: all.bytes, stored, modified, hashes: hashes?.values() ?? {}, checksum, proof }
  }

  async function seal(): Promise<WholeContent> {
    if (remote.work.failure() !== null) throw remote.work.failure()
    await ready()
    const known = { ...(remote.isEmpty() && smallHashes(memory()?.body() ?? [])), ...hashes?.values() }
    if (remote.isEmpty() && filling === null) {
      // A resumed upload of which nothing was left.
      await aborted()
      return { uploadId: null, parts: [], bytes: 0, checksum: factsOfNothing(rules).checksum, hashes: known }
    }
    if (remote.isEmpty())
      remote.foretell({ hashes: known, proof: toldProof(rules, memory()?.facts().checksum ?? null) })
    if (filling !== null) await dispatch(filling)
    const { address, parts, whole } = await remote.all()
    return { ...whole, uploadId: address.uploadId, parts, hashes: known }
  }

  async function release(): Promise<void> {
    const part = filling
    filling = null
    await part?.release()
  }

  async function aborted(): Promise<void> {
    try {
      await remote.abort()
    } catch {
      // Parts that are not removed now are found by their age.
    }
  }

  /** Whether it may stand between other parts. */
  function isWholePart(part: Filling): boolean {
    const leastBytes = rules.wantsEqualParts ? plan.partBytes(remote.nextNumber()) : rules.minPartBytes
    return part.bytes() >= leastBytes
  }

  async function keep(): Promise<void> {
    await remote.work.idle()
    try {
      if (remote.work.failure() === null && filling !== null && isWholePart(filling)) await dispatch(filling)
    } catch {
      // What was acknowledged before stays, and that is what `durableBytes` tells.
    }
    await leave()
  }

  async function leave(): Promise<void> {
    await remote.work.idle()
    await release()
  }

  return {
    ticket: remote.ticket,
    durableBytes: () => Math.max(base?.bytes ?? 0, remote.ownPrefix()?.bytes ?? 0),
    memory,
    failed: remote.work.failed,
    write,
    publish,
    seal,
    keep,
    async discard() {
      if (isDone) return
      remote.work.stop()
      await leave()
      await aborted()
    },
    leave,
    resumedAt: (offset) => remote.resumedAt(offset),
  }
}
