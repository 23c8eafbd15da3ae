import { GatewayError } from '../core/errors.ts'

/** What an aborted call throws: the signal's reason when that is one of ours, else 'aborted' with the reason as its cause. */
export function abortedError(signal: AbortSignal): GatewayError {
  const reason: unknown = signal.reason
  return reason instanceof GatewayError
    ? reason
    : new GatewayError('aborted', 'The call was aborted.', { cause: reason })
}

/** @throws GatewayError when the signal is aborted. */
export function refuseWhenAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal)
}

/**
 * The source, until it ends or the signal is aborted, also while a chunk is awaited. One listener serves all chunks: a
 * race per chunk would keep every reaction alive on the signal's promise.
 */
export function untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncIterable<T> {
  if (signal === undefined) return source
  return { [Symbol.asyncIterator]: () => new Guarded(source[Symbol.asyncIterator](), signal) }
}

class Guarded<T> implements AsyncIterator<T, void> {
  readonly #source: AsyncIterator<T>
  readonly #signal: AbortSignal
  /** Ends the waiting for a chunk; null while none is awaited. */
  #refuse: ((reason: GatewayError) => void) | null = null
  readonly #onAbort = () => this.#aborted()

  constructor(source: AsyncIterator<T>, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
    signal.addEventListener('abort', this.#onAbort)
  }

  next(): Promise<IteratorResult<T, void>> {
    if (this.#signal.aborted) return this.#refused()
    return new Promise((resolve, reject) => {
      this.#refuse = reject
      this.#source.next().then(
        (result) => {
          this.#refuse = null
          if (result.done === true) this.#stopListening()
          resolve(result)
        },
        (error: unknown) => {
          this.#stopListening()
          reject(error)
        },
      )
    })
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#stopListening()
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  #aborted(): void {
    // The last chunk is still being looked at: it is lent, and stays whole until the next one is asked for.
    if (this.#refuse === null) return
    this.#refuse(abortedError(this.#signal))
    this.#stopListening()
    // A source that is still waiting for its next chunk answers only after that: nobody waits for it.
    this.#source.return?.().catch(() => {})
  }

  async #refused(): Promise<never> {
    await this.return()
    throw abortedError(this.#signal)
  }

  #stopListening(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
  }
}
