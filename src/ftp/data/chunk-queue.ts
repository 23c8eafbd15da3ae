/** Turns pushed chunks into pulled ones. One reader. */
export interface ChunkQueue extends AsyncIterable<Uint8Array> {
  /** Gives a chunk; false: no more until `more` is called. */
  take(chunk: Uint8Array): boolean
  /** No chunk follows; those given before are still read. */
  end(): void
  /** Reading throws the reason from now on. */
  fail(reason: Error): void
  /** Whether the reader waits for a chunk. */
  readonly isWaiting: boolean
  /** Chunks given so far. */
  readonly taken: number
}

export interface ChunkQueueOptions {
  /** Bytes that may wait to be read; 0 for lent chunks: one at a time, the next only when the last is done with. */
  readonly waitingBytes: number
  /** Called when the reader wants more than there is. */
  readonly more: () => void
}

interface Reader {
  resolve(result: IteratorResult<Uint8Array>): void
  reject(reason: Error): void
}

export function chunkQueue(options: ChunkQueueOptions): ChunkQueue {
  return new Queue(options)
}

const end: IteratorResult<Uint8Array> = { done: true, value: undefined }

/** A class, as all that is made for each transfer: decision 21. */
class Queue implements ChunkQueue, AsyncIterator<Uint8Array> {
  readonly #options: ChunkQueueOptions
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #reader: Reader | null = null
  #isEnded = false
  #failure: Error | null = null
  #taken = 0

  constructor(options: ChunkQueueOptions) {
    this.#options = options
  }

  get isWaiting(): boolean {
    return this.#reader !== null
  }

  get taken(): number {
    return this.#taken
  }

  take(chunk: Uint8Array): boolean {
    this.#taken++
    if (this.#reader === null) {
      this.#waiting.push(chunk)
      this.#waitingBytes += chunk.length
    } else this.#takeReader()?.resolve({ done: false, value: chunk })
    return this.#waitingBytes < this.#options.waitingBytes
  }

  end(): void {
    this.#isEnded = true
    this.#takeReader()?.resolve(end)
  }

  fail(reason: Error): void {
    this.#failure ??= reason
    this.#takeReader()?.reject(reason)
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    const chunk = this.#waiting.shift()
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length
      return Promise.resolve({ done: false, value: chunk })
    }
    if (this.#isEnded) return Promise.resolve(end)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#options.more()
    })
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this
  }

  #takeReader(): Reader | null {
    const reader = this.#reader
    this.#reader = null
    return reader
  }
}
