import { GatewayError } from '../../../core/errors.ts'
import type { ObjectKey } from '../../../core/paths.ts'
import { refuseWhenAborted, untilAborted } from '../../abortable.ts'
import type { StagedUpload, StageTicket, Storage } from '../../contract.ts'
import type { MemoryTree } from './changes.ts'
import { replaceableAt } from './tree.ts'

/** What stays of an upload while nobody holds it. */
interface Staged {
  readonly key: ObjectKey
  readonly ticket: StageTicket
  readonly ifAbsent: boolean
  readonly modified: Date | null
  /** Copies of what was lent, in order. */
  pieces: Uint8Array[]
  bytes: number
  isHeld: boolean
}

/** The uploads of a memory storage. A ticket finds one again within the same process. */
export function memoryUploads(tree: MemoryTree): Pick<Storage, 'stage' | 'restage' | 'sweep'> {
  let lastId = 0
  const uploads = new Map<StageTicket, Staged>()
  const hold = (staged: Staged) => {
    staged.isHeld = true
    return stagedUpload(staged, { tree, forget: () => void uploads.delete(staged.ticket) })
  }
  return {
    async stage(key, { start = 0, ifAbsent = false, modified = null, signal } = {}) {
      refuseWhenAborted(signal)
      const present = replaceableAt(tree.root, key, ifAbsent)?.content ?? new Uint8Array()
      if (start > present.length) throw new GatewayError('invalid-restart', 'The file is shorter than that.')
      const ticket = JSON.stringify({ v: 1, id: ++lastId })
      const pieces = [present.subarray(0, start)]
      const staged: Staged = { key, ticket, ifAbsent, modified, pieces, bytes: start, isHeld: true }
      uploads.set(ticket, staged)
      return hold(staged)
    },
    async restage(ticket) {
      const staged = uploads.get(ticket)
      return staged === undefined ? null : hold(staged)
    },
    async sweep(keep) {
      const left = [...uploads.values()].filter(({ ticket, isHeld }) => !isHeld && !keep.includes(ticket))
      for (const { ticket } of left) uploads.delete(ticket)
      return left.length
    },
  }
}

function stagedUpload(staged: Staged, { tree, forget }: { tree: MemoryTree; forget: () => void }): StagedUpload {
  let isOver = false
  const refuseWhenOver = () => {
    if (isOver) throw new GatewayError('internal', 'This upload has ended.')
  }
  return {
    ticket: staged.ticket,
    get durableBytes() {
      return staged.bytes
    },
    async append(body, options = {}) {
      refuseWhenOver()
      for await (const chunk of untilAborted(body, options.signal)) {
        staged.pieces.push(Uint8Array.from(chunk))
        staged.bytes += chunk.length
      }
    },
    async truncate(bytes) {
      refuseWhenOver()
      if (bytes > staged.bytes) throw new GatewayError('invalid-restart', 'Fewer bytes than that are stored.')
      staged.pieces = [joined(staged).slice(0, bytes)]
      staged.bytes = bytes
    },
    async publish(options = {}) {
      refuseWhenOver()
      refuseWhenAborted(options.signal)
      const content = { content: joined(staged), modified: staged.modified, mode: null }
      const entry = tree.put(options.as ?? staged.key, content, staged.ifAbsent)
      isOver = true
      forget()
      return entry
    },
    async suspend() {
      if (!isOver) staged.isHeld = false
      isOver = true
    },
    async discard() {
      if (!isOver) forget()
      isOver = true
    },
  }
}

function joined(staged: Staged): Uint8Array {
  const whole = new Uint8Array(staged.bytes)
  let offset = 0
  for (const piece of staged.pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}
