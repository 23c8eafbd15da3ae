import { notUnderstood, StoreError, type TransportCode } from '../errors.ts'

const nothing = Buffer.alloc(0)
const endOfHead = Buffer.from('\r\n\r\n')
const lineFeed = 0x0a

/** Where they come from. */
export interface ByteSource {
  /** What has come, valid until the next call; null at the end. */
  next(): Promise<Buffer | null>
}

/** The bytes of an answer in their order, however they came. */
export class AnswerBytes {
  readonly #source: ByteSource
  #piece: Buffer = nothing
  /** How far the piece was read. */
  #at = 0
  /** Of the content. */
  #left = 0
  #hasBegun = false

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Whether anything has come at all. */
  hasBegun(): boolean {
    return this.#hasBegun
  }

  /** How many have come and were not yet read. */
  waiting(): number {
    return this.#piece.length - this.#at
  }

  /** Up to the empty line, and without it; null when nothing came at all. @throws StoreError 'NotUnderstood', 'EarlyEnd'. */
  async head(mostBytes: number): Promise<string | null> {
    let before: Buffer = nothing
    for (;;) {
      const all = before.length === 0 ? this.#piece.subarray(this.#at) : Buffer.concat([before, this.#piece])
      const end = all.indexOf(endOfHead)
      if (end > mostBytes || (end < 0 && all.length > mostBytes + endOfHead.length)) throw tooLong()
      if (end >= 0) {
        this.#at = this.#piece.length - (all.length - end - endOfHead.length)
        return all.toString('latin1', 0, end)
      }
      before = Buffer.from(all)
      if (await this.#more()) continue
      if (before.length === 0) return null
      throw earlyEnd(null)
    }
  }

  /** Up to CR and LF, and without them. @throws StoreError 'NotUnderstood', 'EarlyEnd'. */
  async line(mostBytes: number): Promise<string> {
    let line = ''
    for (;;) {
      const end = this.#piece.indexOf(lineFeed, this.#at)
      const stop = end < 0 ? this.#piece.length : end + 1
      line += this.#piece.toString('latin1', this.#at, stop)
      this.#at = stop
      if (line.length > mostBytes + 2) throw tooLong()
      if (end >= 0) break
      if (!(await this.#more())) throw earlyEnd(null)
    }
    if (!line.endsWith('\r\n')) throw notUnderstood('A line of the answer has no proper end.')
    return line.slice(0, -2)
  }

  /** So many bytes are content; Infinity: all that come until the end. */
  limit(bytes: number): void {
    this.#left = bytes
  }

  /** What comes next of the content, lent; null when all of it was given. @throws StoreError 'EarlyEnd'. */
  async next(): Promise<Buffer | null> {
    if (this.#left === 0) return null
    while (this.#at === this.#piece.length) {
      const piece = await this.#source.next()
      if (piece === null && this.#left === Infinity) return null
      if (piece === null) throw earlyEnd(null)
      this.#begin(piece)
    }
    const stop = Math.min(this.#piece.length, this.#at + this.#left)
    const chunk = this.#at === 0 && stop === this.#piece.length ? this.#piece : this.#piece.subarray(this.#at, stop)
    this.#at = stop
    this.#left -= chunk.length
    return chunk
  }

  async #more(): Promise<boolean> {
    const piece = await this.#source.next()
    this.#begin(piece ?? nothing)
    return piece !== null
  }

  #begin(piece: Buffer): void {
    this.#piece = piece
    this.#at = 0
    this.#hasBegun ||= piece.length > 0
  }
}

function tooLong(): StoreError {
  return notUnderstood('A line of the answer is longer than any may be.')
}

export function earlyEnd(cause: unknown): StoreError {
  const code: TransportCode = 'EarlyEnd'
  return new StoreError('The answer ended before its end.', { code, status: null }, { cause })
}
