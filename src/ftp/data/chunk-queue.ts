/** Turns pushed chunks into pulled ones. One reader. */
export interface ChunkQueue extends AsyncIterable<Uint8Array> {
  /** Gives a chunk; false: no more until `more` is called. */
  readonly take: (chunk: Uint8Array) => boolean
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
  const waiting: Uint8Array[] = []
  let waitingBytes = 0
  let reader: Reader | null = null
  let ended = false
  let failure: Error | null = null
  let taken = 0

  const take = (chunk: Uint8Array): boolean => {
    taken++
    if (reader !== null) {
      const waiter = reader
      reader = null
      waiter.resolve({ done: false, value: chunk })
    } else {
      waiting.push(chunk)
      waitingBytes += chunk.length
    }
    return waitingBytes < options.waitingBytes
  }
  const wait = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      reader = { resolve, reject }
      options.more()
    })
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    if (failure !== null) return Promise.reject(failure)
    const chunk = waiting.shift()
    if (chunk !== undefined) {
      waitingBytes -= chunk.length
      return Promise.resolve({ done: false, value: chunk })
    }
    return ended ? Promise.resolve({ done: true, value: undefined }) : wait()
  }
  return {
    take,
    end() {
      ended = true
      reader?.resolve({ done: true, value: undefined })
      reader = null
    },
    fail(reason) {
      failure ??= reason
      reader?.reject(reason)
      reader = null
    },
    get isWaiting() {
      return reader !== null
    },
    get taken() {
      return taken
    },
    [Symbol.asyncIterator]: () => ({ next }),
  }
}
