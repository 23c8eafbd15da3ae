import { GatewayError } from '../../../core/errors.ts'
import type { ObjectKey } from '../../../core/paths.ts'
import { refuseWhenAborted, untilAborted } from '../../abortable.ts'
import type { CallOptions, FileEntry, PublishOptions, StagedUpload, StageTicket, Storage } from '../../contract.ts'
import type { MemoryTree } from './changes.ts'
import { replaceableAt } from './tree.ts'
import { refusal } from '../../refusal.ts'

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
    return new MemoryUpload(staged, { tree, forget: () => void uploads.delete(staged.ticket) })
  }
  return {
    async stage(key, { start = 0, ifAbsent = false, modified = null, signal } = {}) {
      refuseWhenAborted(signal)
      const present = replaceableAt(tree.root, key, ifAbsent)?.content ?? new Uint8Array()
      if (start > present.length) throw refusal('invalid-restart')
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

interface Home {
  readonly tree: MemoryTree
  /** Called once it has ended. */
  readonly forget: () => void
}

class MemoryUpload implements StagedUpload {
  readonly #staged: Staged
  readonly #home: Home
  #isOver = false

  constructor(staged: Staged, home: Home) {
    this.#staged = staged
    this.#home = home
  }

  get ticket(): StageTicket {
    return this.#staged.ticket
  }

  get durableBytes(): number {
    return this.#staged.bytes
  }

  async append(body: AsyncIterable<Uint8Array>, { signal }: CallOptions = {}): Promise<void> {
    this.#refuseWhenOver()
    for await (const chunk of untilAborted(body, signal)) {
      this.#staged.pieces.push(Uint8Array.from(chunk))
      this.#staged.bytes += chunk.length
    }
  }

  async truncate(bytes: number): Promise<void> {
    this.#refuseWhenOver()
    const staged = this.#staged
    if (bytes > staged.bytes) throw new GatewayError('invalid-restart', 'Fewer bytes than that are stored.')
    staged.pieces = [joined(staged).slice(0, bytes)]
    staged.bytes = bytes
  }

  async publish({ as, signal }: PublishOptions = {}): Promise<FileEntry> {
    this.#refuseWhenOver()
    refuseWhenAborted(signal)
    const staged = this.#staged
    const content = { content: joined(staged), modified: staged.modified, mode: null }
    const entry = this.#home.tree.put(as ?? staged.key, content, staged.ifAbsent)
    this.#isOver = true
    this.#home.forget()
    return entry
  }

  async suspend(): Promise<void> {
    if (!this.#isOver) this.#staged.isHeld = false
    this.#isOver = true
  }

  async discard(): Promise<void> {
    if (!this.#isOver) this.#home.forget()
    this.#isOver = true
  }

  #refuseWhenOver(): void {
    if (this.#isOver) throw new GatewayError('internal', 'This upload has ended.')
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
