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
  return signal === undefined ? source : guarded(source, signal)
}

async function* guarded<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]()
  let refuse: (reason: GatewayError) => void = () => {}
  let isIdle = true
  const onAbort = () => refuse(abortedError(signal))
  signal.addEventListener('abort', onAbort)
  try {
    for (;;) {
      refuseWhenAborted(signal)
      isIdle = false
      const result = await new Promise<IteratorResult<T>>((resolve, reject) => {
        refuse = reject
        iterator.next().then(resolve, reject)
      })
      if (result.done === true) return
      isIdle = true
      yield result.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    // A source that is still waiting for its next chunk would answer `return` only after that: nobody waits for it.
    if (isIdle) await iterator.return?.()
    else iterator.return?.().catch(() => {})
  }
}
